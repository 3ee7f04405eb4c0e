/**
 * Limits of the listening socket and its connections.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024

/** Request line and headers of one HTTP request. */
export const MAX_HEADER_BYTES = 16 * KB
export const HEADERS_TIMEOUT_MS = 10_000
/** How long an idle connection from Immich is kept open: longer than its client keeps one (4 s). */
export const KEEP_ALIVE_MS = 65_000
/** How long our own server may take to hear of a connection that we made to it: it is in the same process. */
export const PORT_PROBE_MS = 1_000
/** Up to this one ports belong to the administrator. */
export const LAST_PRIVILEGED_PORT = 1_023
/** A connection that has said nothing for this long is probed by the system, which ends it where nobody answers. */
export const TCP_PROBE_AFTER_MS = 60_000
export const MAX_CONNECTIONS = 256
/** How often connections that became idle are closed while a listener ends: a stop should not be felt. */
export const CLOSE_IDLE_EVERY_MS = 20
