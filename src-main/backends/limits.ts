/**
 * Limits of connections to backends, and of their health checks.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

/** A backend on the local network that has not accepted a connection by then is not running. */
export const CONNECT_TIMEOUT_MS = 2_000
/**
 * How long an attempt on one address of a name goes on alone before the next is tried beside it (RFC 8305, section 8).
 * Shorter where there are many: all have been started within START_ATTEMPTS_WITHIN_MS, so that the last one has half of
 * CONNECT_TIMEOUT_MS left.
 */
export const ATTEMPT_DELAY_MS = 250
export const MIN_ATTEMPT_DELAY_MS = 10
export const START_ATTEMPTS_WITHIN_MS = 1_000
/** Addresses of one name that are tried. A name has one or two; this bounds the sockets that are opened at once. */
export const MAX_ADDRESSES = 32
/** How long an address that did not connect is tried after the others: it costs ATTEMPT_DELAY_MS to find out again. */
export const ADDRESS_RETRY_MS = 300_000
/** After which idle time TCP probes whether the peer is still there; undici's figure. */
export const KEEP_ALIVE_PROBE_MS = 60_000
/**
 * How long a name that has addresses waits for newer ones. A lookup takes some milliseconds, over mDNS some tens; a name
 * server that does not answer takes 10 s.
 */
export const LOOKUP_PATIENCE_MS = 100
/** Names whose addresses are stored: more than users have backends. */
export const MAX_NAMES = 1_000
/** Lookups that libuv runs at once in this process: half of its four threads. */
export const LOCAL_LOOKUPS = 2
/** How long a lookup waits for one of them before the process for lookups takes it: most take less. */
export const LOOKUP_PROCESS_AFTER_MS = 100
/** Threads of that process, of which half look names up: more names than hang at once at home, for some 2 MB. */
export const LOOKUP_PROCESS_THREADS = 64
/**
 * How long that process stays without a lookup: it has 45 MB, of which 8 MB are its own. Pings come every 5 s, so it
 * stays while names hang.
 */
export const LOOKUP_PROCESS_IDLE_MS = 30_000
/** How soon that process is started again after it failed. */
export const LOOKUP_PROCESS_RETRY_MS = 60_000
/** Lookups that wait or run at once, each for another name. */
export const MAX_LOOKUPS = 1_000
/** Immich's server closes idle connections after 2 s. With ours dropped after 1 s, none of 160 reuses met a reset. */
export const IDLE_CONNECTION_MS = 1_000
/** How long before the time that a backend announces (`Keep-Alive: timeout=`) an idle connection is dropped. */
export const IDLE_MARGIN_MS = 500
/**
 * A connection that was idle for so long may be closed by the backend at the moment when a request is sent on it. What is
 * sent right after an answer does not meet that.
 */
export const IDLE_CLOSE_AFTER_MS = 100
/**
 * How soon after the beginning of a request such a close arrives: within one way there and back, at home some ms. A worker
 * that a photo ends has read and decoded it first.
 */
export const IDLE_CLOSE_WITHIN_MS = 20
/** Bytes that a connection accepts without waiting for it to drain: a whole preview image (0.1 to 1 MB). */
export const WRITE_BUFFER_BYTES = 1 * MB
/**
 * A request of which the system takes no byte for so long has failed: the backend does not read, or what is sent does
 * not arrive, as over a VPN with a wrong MTU, where pings are small enough to pass. A slow link takes some each second.
 */
export const WRITE_STALL_MS = 10_000
/** How often it is checked. */
export const WRITE_CHECK_MS = 1_000
/** The head of an interim answer (100 Continue). A longer one is left to undici, whose limit for any head this is. */
export const MAX_INTERIM_HEAD_BYTES = 16 * KB
/**
 * How long a port whose ping was cut off is asked whether it speaks TLS, or HTTP/2 only: within HEALTH_TIMEOUT_MS, of
 * which the ping has used some.
 */
export const PROBE_TIMEOUT_MS = 400
/**
 * The largest answer of a backend, as sent and decompressed. A real one has some KB, one of OCR some hundred; the limit
 * only stops a defective backend.
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
/** Tasks of one backend whose last use is remembered; the same reason as {@link MAX_BENCHED_TASKS}. */
export const MAX_ASKED_TASKS = 20
/**
 * How long no request is sent for a model that could not be loaded: Immich's server forgets the failure after 300 s
 * without a request for it (its default idle time), and looks every 10 s.
 */
export const MODEL_BROKEN_MS = 320_000
/** How soon a backend is pinged again after a late ping, so that a hung one is detected after 11 s. */
export const RECHECK_AFTER_LATE_MS = 500
/**
 * How often an unhealthy backend is pinged while predictions are under way: one that came back is missed in an import, and
 * loads its models for some seconds more.
 */
export const RECHECK_WHILE_BUSY_MS = 1_000
/** UDP port of magic packets where none is set: discard, which no program answers. */
export const WAKE_PORT = 9
/** Magic packets sent at once: UDP loses some, and there is no answer to wait for. */
export const MAGIC_PACKETS_AT_ONCE = 3
/** How long after that they are sent again, until the backend answers. */
export const WAKE_REPEAT_MS = 10_000
/** How long a machine takes from sleep until its server answers, before that was measured. */
export const USUAL_WAKE_MS = 60_000
/** How long a backend that did not wake is not woken again, unless a user asks for it. */
export const WAKE_PAUSE_MS = 10 * 60 * 1_000
/** After this time a user who pressed *Wake now* is told that the backend did not answer. */
export const WAKE_SILENT_MS = 30_000
/** Tiers that a snapshot keeps, by task and type, and how long such a key may be: Immich has four, and names come from clients. */
export const MAX_KEPT_TIERS = 32
export const MAX_KEPT_TIERS_CHARS = 100
/** An engine on this computer's own socket accepts at once, or hangs. */
export const ENGINE_CONNECT_TIMEOUT_MS = 3_000
/** How long a call of an engine may take: a stop takes up to ENGINE_STOP_SECONDS, a start with a GPU some seconds more. */
export const ENGINE_CALL_TIMEOUT_MS = 60_000
/** How long an engine waits for a container to end before it kills it; Immich's server does not hand SIGTERM on. */
export const ENGINE_STOP_SECONDS = 10
/** An engine's list has some KB for each container. */
export const MAX_ENGINE_ANSWER_BYTES = 8 * MB
/** The most characters shown of an engine's error message. */
export const MAX_ENGINE_MESSAGE_CHARS = 300
/** How long a container that was started may take until its server answers `/ping`. */
export const CONTAINER_START_MS = 120_000
/** How long a container takes to start, before that was seen: Immich's server loads its libraries. */
export const USUAL_START_MS = 20_000
/** How often a server that starts is pinged. */
export const CONTAINER_PING_MS = 1_000
/** So many starts that failed within so long, and it is left alone for so long. */
export const FAILED_STARTS = 3
export const FAILED_STARTS_WITHIN_MS = 10 * 60 * 1_000
export const CONTAINER_LEFT_ALONE_MS = 15 * 60 * 1_000
/** Least time between a start that failed and the next by itself: photos come several at once. */
export const START_RETRY_MS = 5_000
/** Least time between two restarts of a server whose predictions fail. */
export const CONTAINER_RESTART_MS = 15 * 60 * 1_000
/** Answers 500 in a row after which the server is restarted: a photo that cannot be read gives one as well. */
export const ERRORS_BEFORE_RESTART = 3
/** How soon an engine is asked again how a container stands, while its pings fail. */
export const CONTAINER_LOOK_MS = 10_000
/** The same while the engine or the container cannot be had, for what the page says of it. */
export const CONTAINER_PROBLEM_LOOK_MS = 60_000
