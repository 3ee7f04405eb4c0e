/**
 * Limits of the service as a whole.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** How long requests in flight may take when the service stops. */
export const SHUTDOWN_GRACE_MS = 10_000
/** The same signal within this time is not a second one of the user, who first reads what is waited for. */
export const SIGNAL_ECHO_MS = 500
/**
 * How often it is looked whether an import is over, milliseconds, and after how many looks in a row without work it
 * is.
 */
export const TRIM_LOOK_MS = 10_000
export const TRIM_AFTER_LOOKS = 3
/** So many predictions leave garbage that is worth a collection. */
export const TRIM_AFTER_PREDICTIONS = 25
