/**
 * Limits of connections to backends, and of their health checks.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

/** A backend on the local network that has not accepted a connection by then is not running. */
export const CONNECT_TIMEOUT_MS = 2_000
/** Immich's server closes idle connections after 2 s. With ours dropped after 1 s, none of 160 reuses met a reset. */
export const IDLE_CONNECTION_MS = 1_000
/** How long before the time that a backend announces (`Keep-Alive: timeout=`) an idle connection is dropped. */
export const IDLE_MARGIN_MS = 500
/** Bytes that a connection accepts without waiting for it to drain: a whole preview image (0.1 to 1 MB). */
export const WRITE_BUFFER_BYTES = 1 * MB
/**
 * The largest answer of a backend. A real one has some KB, one of OCR some hundred; this only stops a defective
 * backend.
 */
export const MAX_ANSWER_BYTES = 64 * MB
/** How often each backend is pinged. */
export const HEALTH_INTERVAL_MS = 5_000
/** The share of the interval by which each ping is moved at random, so that backends are not all pinged at once. */
export const HEALTH_JITTER = 0.1
/** How long a ping may take: less than Immich waits for our own `/ping` (2 s), which waits for these. */
export const HEALTH_TIMEOUT_MS = 1_500
/**
 * How soon a backend is pinged after a failed prediction, so that one bad image keeps it unhealthy for this long
 * only.
 */
export const RECHECK_AFTER_FAILURE_MS = 500
/** Late pings in a row that make a healthy backend unhealthy. Not one: a worker that restarts stalls for seconds. */
export const PING_TIMEOUTS_TO_UNHEALTHY = 2
/** The largest answer of a `/ping`. A real one is `pong`. */
export const MAX_PING_BYTES = 64 * KB
/** Pings that are kept of each backend, for the bar on the page. */
export const HEALTH_HISTORY = 60
/** Durations that are kept of each backend, for the p50. */
export const DURATION_SAMPLES = 101
/** Failed predictions in a row that bench a backend, although its pings are good. */
export const BENCH_AFTER_FAILURES = 3
/** The first bench; each further one takes twice as long, up to the longest. */
export const BENCH_FIRST_MS = 10_000
export const BENCH_MAX_MS = 120_000
