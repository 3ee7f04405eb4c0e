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
/** Benched tasks of one backend that are remembered. Immich has three; clients may send names of their own. */
export const MAX_BENCHED_TASKS = 20
/**
 * How long a backend on which predictions run may neither answer one nor a ping before it counts as hung. A photo takes
 * the real one up to some seconds, and its pings are answered between two of them.
 */
export const SILENCE_MS = 10_000
/** The same while the first prediction of a task runs there: models are loaded, from a slow disk for a minute. */
export const LOADING_SILENCE_MS = 120_000
/** A task that was not asked for so long has its models loaded again: Immich's server unloads them after 300 s. */
export const MODEL_KEPT_MS = 300_000
/** Tasks of one backend of which it is remembered when they were asked; as {@link MAX_BENCHED_TASKS}. */
export const MAX_ASKED_TASKS = 20
/** How soon a backend is pinged again after a late ping, so that one that hangs is known for it after 11 s. */
export const RECHECK_AFTER_LATE_MS = 500
/** UDP port of magic packets where none is set: discard, which no program answers. */
export const WAKE_PORT = 9
/** Magic packets sent at once: UDP loses some, and there is no answer to wait for. */
export const MAGIC_PACKETS_AT_ONCE = 3
/** How long after that they are sent again, until the backend answers. */
export const WAKE_REPEAT_MS = 10_000
/** How long a backend that did not come is not woken again, unless somebody asks by hand. */
export const WAKE_PAUSE_MS = 10 * 60 * 1_000
/** A person who pressed *Wake now* is told after this that nothing came. */
export const WAKE_SILENT_MS = 30_000
