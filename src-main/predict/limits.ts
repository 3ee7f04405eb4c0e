/**
 * Limits of predictions in flight.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'
import { HEALTH_TIMEOUT_MS, RECHECK_AFTER_FAILURE_MS } from '../backends/limits.ts'

const KB = 1024
const MB = 1024 * KB

/**
 * How long a text waits for a slot on a backend that has `maxConcurrent`, unless `queueTimeoutMs` is set, and for its
 * permit: a person waits for it, and has given up by then.
 */
export const TEXT_WAIT_MS = 30_000
/**
 * How long an image waits for either: as long as the whole request may take. Immich does not repeat a job that failed, so
 * that an earlier end loses a photo that an answer was still possible for.
 */
export const IMAGE_WAIT_MS = REQUEST_TIMEOUT_MS
/** How long a sender may be silent in the middle of a body. */
export const BODY_IDLE_TIMEOUT_MS = 30_000
/** How long the whole body may take, even where bytes keep coming: as long as the whole request may take. */
export const BODY_TOTAL_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/** A chunk of a body below this is copied together with others; Node hands a photo over in chunks of 64 KB. */
export const SMALL_CHUNK_BYTES = 4 * KB
/**
 * The number of small chunks that are copied together. Fewer are left as they are: a search query comes in one or two.
 */
export const MAX_SMALL_CHUNKS = 64
/**
 * A body of more chunks than this is refused where they have less than so many bytes on average: each chunk takes some 5 µs
 * whatever its size, and ten clients that send photos byte by byte left no time for others. A network hands over some
 * 1,400 bytes at a time.
 */
export const MAX_TINY_CHUNKS = 4_000
export const TINY_CHUNK_BYTES = 64
/** Predictions in flight at once; Immich's own maximum is well below. */
export const MAX_PREDICTIONS_IN_FLIGHT = 64
/** Bytes of request bodies in memory at once: five of the largest, or 512 previews of the largest usual size. */
export const MAX_HELD_BYTES = 512 * MB
/**
 * The largest body without a Content-Length. Its memory is reserved before its size is known, so it is small enough for
 * as many as may be in flight; a preview has 0.1 to 1 MB, and Immich announces the length of all that it sends.
 */
export const MAX_UNANNOUNCED_BODY_BYTES = MAX_HELD_BYTES / MAX_PREDICTIONS_IN_FLIGHT
/**
 * The share of the permits that images leave free for texts: one in so many, 8 of 64. Without it, images that all waited
 * for one slow backend made a text for an idle one wait for 19 s.
 */
export const TEXT_SHARE = 8
/**
 * An image that waited for so long gets every {@link IMAGE_TURN}th permit. Else two clients that search without a pause keep
 * all images out.
 */
export const IMAGE_PATIENCE_MS = 2_000
export const IMAGE_TURN = 4
/** Proxies that one request may pass before it is taken for a loop. */
export const MAX_PROXY_HOPS = 4
/** `Retry-After` of a 503, seconds. */
export const RETRY_AFTER_SECONDS = 5
/** The longest `Retry-After` of a backend that is obeyed: as long as the longest bench. */
export const MAX_RETRY_AFTER_MS = 120_000
/** Bytes of an error that are read for what it says; a real one has some hundred. */
export const MAX_DETAIL_BYTES = 16 * KB
/** How long after it was sent a text is given to a second backend as well: a usual answer takes some 20 ms. */
export const TEXT_HEDGE_MS = 5_000
/** How often backends that held images wait for are pinged, and for how long; then as often as all others. */
export const HOLD_PING_MS = 500
export const HOLD_PING_FOR_MS = 5 * 60 * 1_000
/** Requests that wait for a backend, and bytes of their bodies: apart from those in flight, which they must not block. */
export const MAX_HELD_REQUESTS = 64
export const MAX_BYTES_ON_HOLD = 256 * MB
/**
 * How long after its arrival a held image may get no answer at all: an error is sent before, so that Immich can try its
 * next URL. With `hold.beyondMinutes` the headers of an answer are sent then. Immich gives up after 300 s.
 */
export const HOLD_MS = 270_000
/** How long a text query waits for a backend that starts or is woken: a person waits for it. */
export const TEXT_HOLD_MS = 30_000
/** How often a byte is sent after early headers: Immich's client gives up after 300 s without one. */
export const EARLY_BYTE_MS = 20_000
/**
 * Waiting requests check the backends at least this often, so that a machine that did not wake gets magic packets again
 * after its pause.
 */
export const HOLD_LOOK_MS = 60_000
/**
 * An image is given up after this many attempts that were reset while the server went on listening: it may end each
 * worker that reads it. The second attempt runs alone on its backend, so that a good photo whose attempt was reset by
 * such a photo is answered.
 */
export const MAX_WORKER_RESETS = 2
/**
 * The same, where the server was gone each time. It is mostly restarted, or its machine goes to sleep, and not for the
 * photo; but one that has no process above its worker may be ended by it.
 */
export const MAX_RESETS = 4
/** How long the port of a backend that has reset an image may take to accept a connection. */
export const STILL_LISTENS_MS = 1_000
/**
 * How long a request that was reset waits for a good ping of its backend at least, also where `hold.graceSeconds` is less:
 * the ping is sent half a second after the failure and may take 1.5 s.
 */
export const RESET_WAIT_MS = RECHECK_AFTER_FAILURE_MS + HEALTH_TIMEOUT_MS

/** Texts of `entries` that are parsed once, and how long each may be. A server sends some four different ones. */
export const KNOWN_ENTRIES = 32
export const KNOWN_ENTRIES_CHARS = 2_000
