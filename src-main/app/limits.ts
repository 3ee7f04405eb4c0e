/**
 * Limits of the service as a whole.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** How long requests in flight may take to finish when the service stops. */
export const SHUTDOWN_GRACE_MS = 10_000
/** The same signal within this time is no second wish of a user, who reads first what is waited for. */
export const SIGNAL_ECHO_MS = 500
/** How often the service checks whether an import is over, milliseconds. */
export const TRIM_CHECK_MS = 10_000
/** An import is over after so many checks in a row that saw no prediction. */
export const TRIM_AFTER_QUIET_CHECKS = 4
/** Fewer predictions since the last trim leave too little garbage to collect. */
export const TRIM_AFTER_PREDICTIONS = 25
/** How long the health check of a container waits for an answer; Docker's default limit for the whole check is 30 s. */
export const HEALTHCHECK_MS = 4_000
/** Period of the timer that keeps a process without a listener alive; it does nothing. */
export const KEEP_ALIVE_MS = 60_000
