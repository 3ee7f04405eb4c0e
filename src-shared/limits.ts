/**
 * Limits that the server and the pages judge a configuration by.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024

/** The port that users of the original already have in their Immich settings. */
export const DEFAULT_PORT = 3004
/** All interfaces: Immich runs on another machine. */
export const DEFAULT_HOST = '0.0.0.0'
/** Immich gives up after 300 s (undici's headers time-out): answer before that, so that its log shows a reason. */
export const REQUEST_TIMEOUT_MS = 285_000
/** The range a backend's own `timeoutMs` may have; the upper end is the whole request. */
export const MIN_BACKEND_TIMEOUT_MS = 1_000
export const MAX_BACKEND_TIMEOUT_MS = REQUEST_TIMEOUT_MS
export const MAX_QUEUE_TIMEOUT_MS = REQUEST_TIMEOUT_MS
/** More at once than any home backend can use. */
export const MAX_CONCURRENT_LIMIT = 1_000
export const MAX_RECORDS_LIMIT = 10_000
/** Characters of a new password, at least and at most; the upper end only bounds the work. */
export const MIN_PASSWORD_CHARS = 8
export const MAX_PASSWORD_CHARS = 1_000
/** Entries of security.allowedClients and security.allowedHosts. */
export const MAX_SECURITY_ENTRIES = 100
/** Characters of a backend's URL; longer ones are a mistake or an attack. */
export const MAX_URL_CHARS = 2_048
/** Headers of one backend, and characters of one value: a long token has 4,000. */
export const MAX_BACKEND_HEADERS = 50
export const MAX_HEADER_VALUE_CHARS = 8_000
/** Characters of `tls.ca`, and bytes of the file it names: a bundle of every public CA has some 230 KB. */
export const MAX_CA_CHARS = 512 * KB
