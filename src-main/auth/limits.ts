/**
 * Limits of passwords, logins and sessions.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/**
 * The cost of a password hash: 32 MB of memory and some 0.2 s. A small home server can afford that, and it makes
 * guessing slow. Memory and time grow with `N`, the time alone with `p`.
 */
export const SCRYPT_COST = { N: 2 ** 15, r: 8, p: 3 } as const
export const SCRYPT_SALT_BYTES = 16
export const SCRYPT_KEY_BYTES = 32
/** Passwords hashed at once, and requests that may wait for it. Each takes a thread of Node's four and 32 MB. */
export const PASSWORD_CHECKS_AT_ONCE = 2
export const PASSWORD_CHECKS_WAITING = 32
/** Random bytes of a session cookie and of the window's token; 256 bits cannot be guessed. */
export const TOKEN_BYTES = 32
/** How long a login lasts. */
export const SESSION_MS = 30 * 24 * 60 * 60 * 1_000
/** Sessions kept at once; with one more the oldest ends. A household has a few browsers. */
export const MAX_SESSIONS = 100
/** Failed logins of one address within the window; the next one is answered with 429. */
export const MAX_FAILED_LOGINS = 5
/**
 * Failed logins of all addresses of an IPv6 /64 together, of which one machine can take any number: more than a
 * household mistypes in a minute, and too few to guess a password.
 */
export const MAX_FAILED_LOGINS_PER_NETWORK = 30
export const FAILED_LOGIN_WINDOW_MS = 60_000
/** Addresses whose failed logins are remembered. With one more the oldest is forgotten: an attacker may have many. */
export const MAX_FAILING_CLIENTS = 1_000
/** How long a right HTTP Basic password is not hashed again. Its client sends it with every call. */
export const BASIC_CACHE_MS = 5 * 60_000
/** Addresses for which that is remembered; a forgotten one costs a hash. */
export const MAX_BASIC_CLIENTS = 100
