/**
 * Limits of the listening socket and its connections.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024

/** Request line and headers of one HTTP request. */
export const MAX_HEADER_BYTES = 16 * KB
/** All headers of a request. They are sent together; a client that takes longer only keeps a connection busy. */
export const HEADERS_TIMEOUT_MS = 10_000
/**
 * How long an idle connection is kept open. Immich's client (undici) closes an idle one after 4 s: if ours closed
 * first, a request could be sent on a connection that is just being closed.
 */
export const KEEP_ALIVE_MS = 65_000
/**
 * Requests that were read and not begun, of all connections. One connection has some 2,000 at most, from one chunk that was
 * read; each takes some 3 KB.
 */
export const MAX_WAITING_REQUESTS = 10_000
/**
 * How long a client may read no byte of an answer that waits for it. A client on a slow link reads some each second.
 */
export const UNTAKEN_MS = 30_000
/** How often it is checked. */
export const UNTAKEN_CHECK_MS = 5_000
/** Bytes that wait for clients, all together: two of the largest answers of a backend. With more the largest end. */
export const MAX_UNTAKEN_BYTES = 128 * 1024 * KB
/** The least time between two log entries that connections cannot be accepted. */
export const ACCEPT_ERROR_EVERY_MS = 10_000
/** How long our own server may take to notice a connection that this process made to it. */
export const PORT_PROBE_MS = 1_000
/** The last port that needs an administrator's rights on most systems. */
export const LAST_PRIVILEGED_PORT = 1_023
/** The system probes a connection that was silent for this long, and ends it where the other side does not answer. */
export const TCP_PROBE_AFTER_MS = 60_000
/** Immich keeps some connections, each page one event stream; more at once is a mistake or an attack. */
export const MAX_CONNECTIONS = 256
/**
 * How long an idle connection stays open at an address that was moved away from. Immich's client (undici) closes an idle
 * one after 4 s, so that none is closed while a request is sent on it.
 */
export const IDLE_AFTER_MOVE_MS = 5_000
/** How long an address that was moved away from accepts new connections, for clients that are just opening one. */
export const ACCEPT_AFTER_MOVE_MS = 1_000
/** How often a closing server closes connections that became idle: short, so that stopping takes no noticeable time. */
export const CLOSE_IDLE_EVERY_MS = 20
