/**
 * Limits of the HTTP API.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

/** How long `/ping` waits for a backend that was healthy: Immich waits 2 s for the whole, and people set 1 s. */
export const PING_HEALTHY_MS = 800
/** The same for one that is known to be away: it may just have come back. */
export const PING_AWAY_MS = 100
/** The whole body of a management call: some KB of configuration from a browser in the same house. */
export const MANAGEMENT_BODY_TIMEOUT_MS = 30_000
/** How long, and how much of it, a body is read on after its answer; see `linger`. */
export const LINGER_MS = 5_000
export const LINGER_BYTES = 16 * MB
/** A chunk counts as so many bytes at least: it takes time whatever its size. */
export const LINGER_CHUNK_BYTES = 1 * KB
/** Characters of a reason phrase. Some clients refuse a longer status line. */
export const MAX_REASON_CHARS = 200
/**
 * The largest JSON body of a management call. A configuration has some KB, a bundle of certificates in it 512 KB at
 * most.
 */
export const MAX_API_BODY_BYTES = 1 * MB
/**
 * The largest JSON body of a try: a picture of 1,440 px has 0.1 to 1 MB, a third more in base64. One such body is in
 * memory at a time.
 */
export const MAX_TRY_BODY_BYTES = 4 * MB
/**
 * Memory of the bodies of management calls while they are received and answered, of one and of all together: the largest
 * body of a try in chunks of a TCP segment, and some of those at the same time.
 */
export const MAX_HELD_API_BODY_BYTES = 8 * MB
export const MAX_HELD_API_BYTES = 64 * MB
/** What a received chunk takes beside its bytes, about: the object of its Buffer and its place in a list. */
export const CHUNK_BYTES = 100
/** The largest body of a request to an unknown path that is recorded: enough to see what was sent by mistake. */
export const RECORDED_UNKNOWN_BYTES = 64 * KB
/** How long an event stream stays open on an address that is being closed: some batches, to tell the new address. */
export const EVENTS_LAST_WORD_MS = 1_000
/**
 * Bytes of events that clients have not read, of all streams together and of one at the most. A stream with more than its
 * share is ended; the browser opens another one. A share is never smaller than the last: the first event, the whole state,
 * fits in.
 */
export const EVENTS_WAITING_TOTAL_BYTES = 48 * MB
export const EVENTS_WAITING_BYTES = 8 * MB
export const EVENTS_WAITING_LEAST_BYTES = 256 * KB
/** Characters of one chunk of a list that is sent in chunks. */
export const LIST_CHUNK_CHARS = 64 * KB
/** One chunk of a recorded body that is sent. */
export const BODY_PIECE_BYTES = 256 * KB
/** The least time between two events that Immich has sent a request: an import sends many each second. */
export const LAST_ASKED_TOLD_EVERY_MS = 5_000
/** Changes within this time are sent together. */
export const EVENTS_BATCH_MS = 100
/**
 * How long the interfaces of this machine are remembered. Reading them takes some 0.1 ms, and a client that was refused
 * because of an old network comes in with its next connection.
 */
export const INTERFACES_READ_EVERY_MS = 5_000
