/**
 * Limits of predictions in flight.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'

const KB = 1024
const MB = 1024 * KB

/** How long a request waits for a slot on a backend that has `maxConcurrent`, unless `queueTimeoutMs` is set. */
export const QUEUE_TIMEOUT_MS = 60_000
/** A sender that is silent for this long in the middle of a body is cut off. */
export const BODY_IDLE_TIMEOUT_MS = 30_000
/** The whole body must be there by then, however steadily it drips: as long as the whole request may take. */
export const BODY_TOTAL_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/** Predictions that may be worked on at once; Immich's own maximum is well below. */
export const MAX_PREDICTIONS_IN_FLIGHT = 64
/** Bytes of request bodies in memory at once: five of the largest, or 512 previews of the largest usual size. */
export const MAX_HELD_BYTES = 512 * MB
/**
 * The largest body without a Content-Length. Its memory is reserved before its size is known, so it is small enough for
 * as many as may be in flight; a preview has 0.1 to 1 MB, and Immich announces the length of all that it sends.
 */
export const MAX_UNANNOUNCED_BODY_BYTES = MAX_HELD_BYTES / MAX_PREDICTIONS_IN_FLIGHT
/** How long a request waits for admission, for either of its permits, before it gets a 503. */
export const ADMISSION_TIMEOUT_MS = 30_000
/** Proxies that one request may pass before it is taken for a loop. */
export const MAX_PROXY_HOPS = 4
/** `Retry-After` of a 503, seconds. */
export const RETRY_AFTER_SECONDS = 5
