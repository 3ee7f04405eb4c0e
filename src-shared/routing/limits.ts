/** Limits of the choice of a backend. Times are milliseconds unless the name says otherwise. */

/**
 * A backend is tried again once others got so many times the time that the try may cost: 0.2 % of the time of one
 * client.
 */
export const TRY_AGAIN_AFTER = 500
