/**
 * Limits of the HTTP API.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

/** Our `/ping` answers by then whatever the backends do: Immich gives up at 2 s. */
export const PING_DEADLINE_MS = 1_750
/** The whole body of a management call: a configuration of a few KB, from a browser at home. */
export const MANAGEMENT_BODY_TIMEOUT_MS = 30_000
/** How long and how much of a refused body is still read: closing at once would lose the answer on its way. */
export const LINGER_MS = 5_000
export const LINGER_BYTES = 16 * MB
/** Characters of a reason phrase; some clients refuse a long status line. */
export const MAX_REASON_CHARS = 200
/** The largest JSON body of a management call. */
export const MAX_API_BODY_BYTES = 1 * MB
/** The largest body of a request to an unknown path that is kept, bytes: such a request is a mistake to be looked at. */
export const RECORDED_UNKNOWN_BYTES = 64 * KB
export const EVENTS_HEARTBEAT_MS = 10_000
/** How long event streams outlive an address that was moved away from: some batches. */
export const EVENTS_LAST_WORD_MS = 1_000
/** Bytes of events that a client has not taken yet before its stream is ended; it may open another one. */
export const EVENTS_WAITING_BYTES = 8 * MB
/** Changes within this time are told together. */
export const EVENTS_BATCH_MS = 100
