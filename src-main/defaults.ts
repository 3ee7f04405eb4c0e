/**
 * Every default and limit of the program, each with its unit and its reason.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */

const KB = 1024
const MB = 1024 * KB

/** The port that users of the original already have in their Immich settings. */
export const DEFAULT_PORT = 3004
/** All interfaces: Immich runs on another machine. */
export const DEFAULT_HOST = '0.0.0.0'

// ---- time limits of a prediction ----

/** A LAN backend that has not accepted a connection by then is not there. */
export const CONNECT_TIMEOUT_MS = 2_000
/** Immich gives up after 300 s (undici's headers time-out): answer before that, so that its log shows a reason. */
export const REQUEST_TIMEOUT_MS = 285_000
/** The range a backend's own `timeoutMs` may have; the upper end is the whole request. */
export const MIN_BACKEND_TIMEOUT_MS = 1_000
export const MAX_BACKEND_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/** The real backend closes idle connections after 2 s; dropping ours after 1 s gave no reset in 160 reuses. */
export const IDLE_CONNECTION_MS = 1_000
/** A connection is dropped so long before the time after which the backend says that it closes it. */
export const IDLE_MARGIN_MS = 500
/** What a connection to a backend takes at once: a whole preview (0.1 to 1 MB). */
export const WRITE_BUFFER_BYTES = 1 * MB
/** How long a request waits for room on a backend that has `maxConcurrent`. */
export const QUEUE_TIMEOUT_MS = 60_000
export const MAX_QUEUE_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/** More at once than any home backend can use. */
export const MAX_CONCURRENT_LIMIT = 1_000
/** A real answer is some KB, a page full of text some hundred; this only stops a runaway backend. */
export const MAX_ANSWER_BYTES = 64 * MB

// ---- health ----

/** How often each backend is asked for its `/ping`. */
export const HEALTH_INTERVAL_MS = 5_000
/** Share of the interval by which each check is moved at random, so that many backends are not asked in step. */
export const HEALTH_JITTER = 0.1
/** How long a health check may take: under the time Immich gives our own `/ping`. */
export const HEALTH_TIMEOUT_MS = 1_500
/** Our `/ping` answers by then whatever the backends do: Immich gives up at 2 s. */
export const PING_DEADLINE_MS = 1_750
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

// ---- the door ----

/** The largest request body: previews are 0.1 to 1 MB, full-size originals some tens. */
export const MAX_BODY_BYTES = 100 * MB
/** `entries` is a few hundred bytes; this leaves room for clients that batch. */
export const MAX_ENTRIES_BYTES = 1 * MB
export const MAX_ENTRIES = 100
/** Characters of a task's or type's name; the longest real one has 18. */
export const MAX_ENTRY_NAME_CHARS = 256
export const MAX_PARTS = 100
/** Headers of the first multipart part; a real one has about 60 bytes. */
export const MAX_PART_HEADER_BYTES = 8 * KB
/** Texts of `entries` that are parsed once, and how long each may be. A server sends some four different ones. */
export const KNOWN_ENTRIES = 32
export const KNOWN_ENTRIES_CHARS = 2_000
/** Request line and headers of one HTTP request. */
export const MAX_HEADER_BYTES = 16 * KB
export const HEADERS_TIMEOUT_MS = 10_000
/** A sender that is silent for this long in the middle of a body is cut off. */
export const BODY_IDLE_TIMEOUT_MS = 30_000
/** The whole body must be there by then, however steadily it drips: as long as the whole request may take. */
export const BODY_TOTAL_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/** The whole body of a management call: a configuration of a few KB, from a browser at home. */
export const MANAGEMENT_BODY_TIMEOUT_MS = 30_000
/** How long an idle connection from Immich is kept open: longer than its client keeps one (4 s). */
export const KEEP_ALIVE_MS = 65_000
/** How long our own server may take to hear of a connection that we made to it: it is in the same process. */
export const STRANGER_PROBE_MS = 1_000
/** Up to this one ports belong to the administrator. */
export const LAST_PRIVILEGED_PORT = 1_023
/** A connection that has said nothing for this long is probed by the system, which ends it where nobody answers. */
export const TCP_PROBE_AFTER_MS = 60_000
export const MAX_CONNECTIONS = 256
/** Predictions that may be worked on at once; Immich's own maximum is well below. */
export const MAX_PREDICTIONS_IN_FLIGHT = 64
/** Bytes of request bodies held in memory at once; one body at a time may go beyond them, so that some is always done. */
export const MAX_HELD_BYTES = 512 * MB
/** Bytes for which a body needs room before it is read; the rest is counted as it comes. A preview fits in. */
export const RESERVED_BODY_BYTES = 1 * MB
/** How long a prediction waits at the door for one of the two limits above before it gets a 503. */
export const ADMISSION_TIMEOUT_MS = 30_000
/** Photos in flight lie in lots of this size, as many as predictions are worked on: a preview fits in one. */
export const LOT_BYTES = RESERVED_BODY_BYTES
export const LOTS = MAX_PREDICTIONS_IN_FLIGHT
/** For so long a lot is not used again where a backend may still be sent what lies in it. */
export const LOT_QUARANTINE_MS = 10_000
/** A body up to this size holds no photo: it is let in before the images. */
export const SMALL_BODY_BYTES = 16 * KB
/** Bytes in which `entries` nearly always ends. */
export const USUAL_HEAD_BYTES = 2 * KB
/** Bytes at the beginning and at the end of a photo that are searched for a further part; all of it costs too much. */
export const SEARCHED_HEAD_BYTES = 16 * KB
export const SEARCHED_TAIL_BYTES = 4 * KB
/** How long and how much of a refused body is still read: closing at once would lose the answer on its way. */
export const LINGER_MS = 5_000
export const LINGER_BYTES = 16 * MB
/** Characters of a reason phrase; some clients refuse a long status line. */
export const MAX_REASON_CHARS = 200
/** `Retry-After` of a 503, seconds. */
export const RETRY_AFTER_SECONDS = 5
/** The largest JSON body of a management call. */
export const MAX_API_BODY_BYTES = 1 * MB
/** Proxies that one request may pass before it is taken for a loop. */
export const MAX_PROXY_HOPS = 4
/** How long requests in flight may take to finish when the service stops. */
export const SHUTDOWN_GRACE_MS = 10_000
/** The same signal within this time is no second wish of a user, who reads first what is waited for. */
export const SIGNAL_ECHO_MS = 500
/** How often connections that became idle are closed while a listener ends: a stop should not be felt. */
export const CLOSE_IDLE_EVERY_MS = 20

// ---- memory ----

/** How often it is looked whether an import is over, milliseconds, and after how many looks in a row without work it is. */
export const TIDY_EVERY_MS = 10_000
export const TIDY_AFTER_LOOKS = 3
/** So many tickets of predictions, of which each takes one or two, leave garbage that is worth a collection. */
export const TIDY_AFTER_PREDICTIONS = 50

// ---- debug records ----

export const DEFAULT_MAX_RECORDS = 100
export const MAX_RECORDS_LIMIT = 10_000
/** Bytes of recorded bodies kept in all; the oldest images go first. */
export const RECORDED_BYTES_BUDGET = 64 * MB
/** Recorded photos lie in slabs of this size: a few photos each, so that little is wasted at the ends. */
export const RECORDED_SLAB_BYTES = 1 * MB
/** The same for answers and texts, a dozen in each. */
export const RECORDED_SMALL_SLAB_BYTES = 64 * KB
/** Empty slabs that wait to be filled again; as many as the records come and go by at once. */
export const MAX_SPARE_SLABS = 8
/** Characters of a text body or part that stand in the record itself: 10,000 records must stay under 20 MB. */
export const PREVIEW_CHARS = 256
/** The largest body of a request to an unknown path that is kept, bytes: such a request is a mistake to be looked at. */
export const RECORDED_UNKNOWN_BYTES = 64 * KB
/** Characters of one recorded header's name and value, and headers of one message; a real one has some ten. */
export const RECORDED_HEADER_CHARS = 256
export const RECORDED_HEADERS = 100
/** Characters of a recorded URL; the paths that mean anything here have under a hundred. */
export const RECORDED_URL_CHARS = 2_048
/** Parts that are described one by one in a record. */
export const RECORDED_PARTS = 10

// ---- live events ----

export const EVENTS_HEARTBEAT_MS = 10_000
/** How long event streams outlive an address that was moved away from: some batches. */
export const EVENTS_LAST_WORD_MS = 1_000
/** Bytes of events that a client has not taken yet before its stream is ended; it may open another one. */
export const EVENTS_WAITING_BYTES = 8 * MB
/** Changes within this time are told together. */
export const EVENTS_BATCH_MS = 100
/** A change of `config.json` by hand is read after the editor has been quiet for this long. */
export const CONFIG_SETTLE_MS = 100

// ---- security ----

/** Characters of a new password, at least and at most; the upper end only bounds the work. */
export const MIN_PASSWORD_CHARS = 8
export const MAX_PASSWORD_CHARS = 1_000
/**
 * The cost of a password's hash: 32 MB of memory and some 0.2 s, which a small home server can afford and which
 * makes trying passwords slow. `N` doubles memory and time, `p` the time alone.
 */
export const SCRYPT_COST = { N: 2 ** 15, r: 8, p: 3 } as const
export const SCRYPT_SALT_BYTES = 16
export const SCRYPT_KEY_BYTES = 32
/** Passwords checked at once, and requests that may wait for it: each takes a thread and its memory. */
export const PASSWORD_CHECKS_AT_ONCE = 2
export const PASSWORD_CHECKS_WAITING = 32
/** Random bytes of a session's cookie and of the window's token: 256 bits cannot be guessed. */
export const TOKEN_BYTES = 32
/** How long a login lasts. */
export const SESSION_MS = 30 * 24 * 60 * 60 * 1_000
/** Sessions kept; the oldest goes first. A household has a few browsers. */
export const MAX_SESSIONS = 100
/** Failed logins of one client within the window before it has to wait: the next one is answered with 429. */
export const MAX_FAILED_LOGINS = 5
/**
 * The same for all addresses of an IPv6 /64 together: a machine takes as many of them as it likes. More than one
 * household mistypes in a minute, and far too few to guess.
 */
export const MAX_FAILED_LOGINS_PER_NETWORK = 30
export const FAILED_LOGIN_WINDOW_MS = 60_000
/** Clients whose failed logins are remembered; more means somebody owns a network, and the oldest go. */
export const MAX_FAILING_CLIENTS = 1_000
/** How long a password that was right in HTTP Basic needs no new hash: a client sends it with every call. */
export const BASIC_CACHE_MS = 5 * 60_000
/** Clients for which that is remembered; one that is forgotten costs a hash. */
export const MAX_BASIC_CLIENTS = 100
/** Entries of security.allowedClients and security.allowedHosts. */
export const MAX_SECURITY_ENTRIES = 100
/** Characters of a backend's URL; longer ones are a mistake or an attack. */
export const MAX_URL_CHARS = 2_048
/** Headers of one backend, and characters of one value: a long token has 4,000. */
export const MAX_BACKEND_HEADERS = 50
export const MAX_HEADER_VALUE_CHARS = 8_000
/** Characters of `tls.ca`, and bytes of the file it names: a bundle of every public CA has some 230 KB. */
export const MAX_CA_CHARS = 512 * KB

// ---- the desktop ----

/** How long requests in flight may take when the app quits: about what systems grant at the end of a session. */
export const QUIT_GRACE_MS = 5_000
/** What is left for closing the rest after that, before the process is ended whatever happens. */
export const QUIT_MARGIN_MS = 1_000
/** Changes within this time make one new tray menu: a menu that is open is closed by a new one on some panels. */
export const TRAY_DEBOUNCE_MS = 150
/** How often the tray looks for what tells no event, such as the addresses of another network. */
export const TRAY_REFRESH_MS = 30_000
/** Windows cuts longer tooltips off. */
export const TOOLTIP_CHARS = 127
/** Characters of one line in the tray menu; a wider menu covers half the screen. */
export const MENU_LINE_CHARS = 80
/** Backends that stand in the menu; more are counted. */
export const MENU_BACKENDS = 12
/** The least time between two notifications. */
export const NOTIFY_EVERY_MS = 60_000
/** How long after a start or a sleep "down" is not told: a computer that wakes has no network yet. */
export const NOTIFY_SETTLE_MS = 20_000
/** Notifications that are kept so that a click on them is heard; systems show no more. */
export const NOTIFICATIONS_HELD = 20
/** How long closing may take, and a notification to reach the system, before the app ends after a crash. */
export const CRASH_CLOSE_MS = 1_000
export const CRASH_NOTIFY_MS = 500
/** How long after the last prediction the computer is kept awake: Immich's jobs come with pauses. */
export const STAY_AWAKE_MS = 60_000
/** How often is looked whether predictions run: far shorter than any system waits before it sleeps. */
export const WORK_POLL_MS = 5_000
export const WINDOW_SIZE = { width: 1_100, height: 800 } as const
export const WINDOW_MIN_SIZE = { width: 480, height: 360 } as const
/** A window's place is written after it has been still for this long. */
export const WINDOW_SETTLE_MS = 500
/** The next ports that are tried when the wanted one is taken. */
export const PORTS_TO_TRY = 50
/** Size of one log file, in pino-roll's words, and how many old ones are kept. */
export const LOG_FILE_SIZE = '2m'
export const OLD_LOG_FILES = 4
