/**
 * Limits of passwords, logins and sessions.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
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
