/**
 * Limits and defaults that the server and the pages share.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024

/** The original's port, which its users have in their Immich settings. */
export const DEFAULT_PORT = 3004
/**
 * How long a request may take. Immich's client gives up after 300 s (undici's headersTimeout); an earlier answer
 * gives it a reason to log.
 */
export const REQUEST_TIMEOUT_MS = 285_000
/** The range of a backend's `timeoutMs`. It can be no longer than the whole request. */
export const MIN_BACKEND_TIMEOUT_MS = 1_000
export const MAX_BACKEND_TIMEOUT_MS = REQUEST_TIMEOUT_MS
export const MAX_QUEUE_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/**
 * How long an image waits for a backend to come back when all that may answer it are down, seconds, unless
 * `hold.graceSeconds` is set: a restart of Immich's server takes 2 to 8 s.
 */
export const DEFAULT_GRACE_SECONDS = 10
export const MAX_GRACE_SECONDS = 60
/** The highest `hold.beyondMinutes`: a night. */
export const MAX_BEYOND_MINUTES = 720
/** The highest `maxConcurrent`: more than any backend at home can use. */
export const MAX_CONCURRENT_LIMIT = 1_000
export const MAX_RECORDS_LIMIT = 10_000
/** Characters of a new password. The upper limit only bounds the work of hashing it. */
export const MIN_PASSWORD_CHARS = 8
export const MAX_PASSWORD_CHARS = 1_000
/** Entries of security.allowedClients and security.allowedHosts. */
export const MAX_SECURITY_ENTRIES = 100
/** Characters of a backend's URL; a longer one is a mistake or an attack. */
export const MAX_URL_CHARS = 2_048
/** Headers of one backend, and characters of a value. A long token has some 4,000. */
export const MAX_BACKEND_HEADERS = 50
export const MAX_HEADER_VALUE_CHARS = 8_000
/** Characters of `tls.ca`, and bytes of the file that it names. A bundle of all public CAs has some 230 KB. */
export const MAX_CA_CHARS = 512 * KB
/** Backends of a configuration, and names in one pool: more than any home has. */
export const MAX_BACKENDS = 100
/** Routes of a configuration, tasks and types together. Immich has 3 tasks with 4 types. */
export const MAX_ROUTES = 200
/** Problems that an answer or a page tells at once. Nobody corrects more in one go, and each one is a sentence. */
export const MAX_TOLD_PROBLEMS = 20
/** Characters of a problem's message, and of a name or a key that is quoted in one. */
export const MAX_PROBLEM_CHARS = 500
export const MAX_QUOTED_CHARS = 100
/**
 * How deep objects and lists may lie in each other, the configuration itself being the first. Known fields need 5. The
 * file is indented: without this limit 48 KB of brackets become a file of 144 MB.
 */
export const MAX_CONFIG_DEPTH = 8
/** Members of one object or list in a configuration. The largest that is known has 200. */
export const MAX_CONFIG_MEMBERS = 1_000
/** Fields that this version does not know are kept, so that a newer version finds them again; so many bytes in all. */
export const MAX_UNKNOWN_BYTES = 64 * KB
/** Characters of Immich's API key; longer than any that Immich makes. */
export const MAX_API_KEY_CHARS = 500
/** How many seconds after the first magic packet a machine that has not answered is given up. */
export const WAKE_GIVE_UP_SECONDS = 120
/** The range of `wake.giveUpSeconds`: a second round of packets is sent at least; half an hour is longer than any start. */
export const MIN_WAKE_GIVE_UP_SECONDS = 20
export const MAX_WAKE_GIVE_UP_SECONDS = 1_800
/** Entries of `yield.schedule` and of `yield.programs`, and characters of a program's name (255 on every file system). */
export const MAX_YIELD_ENTRIES = 50
export const MAX_PROGRAM_CHARS = 255
/** The longest `yield.idleSeconds`: a day. */
export const MAX_IDLE_SECONDS = 86_400
/** Characters of the reason that is given with a pause by hand: it stands in a menu and in Immich's log. */
export const MAX_PAUSE_REASON_CHARS = 100
/** Characters of a container's name; engines set no limit, Docker Compose makes names of some 40. */
export const MAX_CONTAINER_CHARS = 200
/** Characters of an engine's socket: systems allow some 108. */
export const MAX_SOCKET_CHARS = 256
/** How long without a prediction until a managed container is stopped, minutes, unless `manage.stopAfterMinutes` is set. */
export const STOP_AFTER_MINUTES = 10
/** The longest `manage.stopAfterMinutes`: a day. */
export const MAX_STOP_AFTER_MINUTES = 1_440
/**
 * How often an event stream sends a sign of life: pages find out soon that the proxy is gone, also where nothing ends
 * the connection, and proxies in between do not close it as idle.
 */
export const EVENTS_ALIVE_MS = 2_000
