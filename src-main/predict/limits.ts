/**
 * Limits of predictions in flight.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
import { REQUEST_TIMEOUT_MS } from '../../src-shared/limits.ts'

const KB = 1024
const MB = 1024 * KB

/** How long a request waits for room on a backend that has `maxConcurrent`. */
export const QUEUE_TIMEOUT_MS = 60_000
/** Texts of `entries` that are parsed once, and how long each may be. A server sends some four different ones. */
export const KNOWN_ENTRIES = 32
export const KNOWN_ENTRIES_CHARS = 2_000
/** A sender that is silent for this long in the middle of a body is cut off. */
export const BODY_IDLE_TIMEOUT_MS = 30_000
/** The whole body must be there by then, however steadily it drips: as long as the whole request may take. */
export const BODY_TOTAL_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/** Predictions that may be worked on at once; Immich's own maximum is well below. */
export const MAX_PREDICTIONS_IN_FLIGHT = 64
/** Bytes of request bodies held in memory at once; one body at a time may go beyond them, so that some is always done. */
export const MAX_HELD_BYTES = 512 * MB
/** Bytes for which a body needs room before it is read; the rest is counted as it comes. A preview fits in. */
export const RESERVED_BODY_BYTES = 1 * MB
/** How long a prediction waits at the door for one of the two limits above before it gets a 503. */
export const ADMISSION_TIMEOUT_MS = 30_000
/** `Retry-After` of a 503, seconds. */
export const RETRY_AFTER_SECONDS = 5
