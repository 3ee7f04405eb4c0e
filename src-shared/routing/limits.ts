/** Limits of the choice of a backend. Times are milliseconds unless the name says otherwise. */

/**
 * Share of its time that a machine idles between an answer and the next request while only its own slots are filled,
 * until it was measured: 1 to 3 ms of 30 to 60 ms in a home network.
 */
export const IDLE_SHARE_UNMEASURED = 0.05

/**
 * A backend is tried again once others got so many times the work that the try costs: at most 0.2 % of the time of one
 * client are spent on it.
 */
export const TRY_AGAIN_AFTER = 500
