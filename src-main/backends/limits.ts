/**
 * Limits of connections to backends, and of their health checks.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

/** A LAN backend that has not accepted a connection by then is not there. */
export const CONNECT_TIMEOUT_MS = 2_000
/** The real backend closes idle connections after 2 s; dropping ours after 1 s gave no reset in 160 reuses. */
export const IDLE_CONNECTION_MS = 1_000
/** A connection is dropped so long before the time after which the backend says that it closes it. */
export const IDLE_MARGIN_MS = 500
/** What a connection to a backend takes at once: a whole preview (0.1 to 1 MB). */
export const WRITE_BUFFER_BYTES = 1 * MB
/** A real answer is some KB, a page full of text some hundred; this only stops a runaway backend. */
export const MAX_ANSWER_BYTES = 64 * MB
/** How often each backend is asked for its `/ping`. */
export const HEALTH_INTERVAL_MS = 5_000
/** Share of the interval by which each check is moved at random, so that many backends are not asked in step. */
export const HEALTH_JITTER = 0.1
/** How long a health check may take: under the time Immich gives our own `/ping`. */
export const HEALTH_TIMEOUT_MS = 1_500
/** A backend that turned unhealthy by an answer is asked again after this, so that one bad image benches nobody. */
export const RECHECK_AFTER_FAILURE_MS = 500
/** Time-outs in a row before a healthy backend counts as unhealthy: a worker that restarts stalls for seconds. */
export const PING_TIMEOUTS_TO_UNHEALTHY = 2
/** A `/ping` answer is four letters; whatever is much longer is not one. */
export const MAX_PING_BYTES = 64 * KB
/** How many checks are kept per backend for the bar in the view. */
export const HEALTH_HISTORY = 60
/** How many durations are kept per backend for the p50. */
export const DURATION_SAMPLES = 101
/** Failed predictions in a row after which a backend is benched although its pings are fine. */
export const BENCH_AFTER_FAILURES = 3
/** The first bench, doubled each time up to the last. */
export const BENCH_FIRST_MS = 10_000
export const BENCH_MAX_MS = 120_000
