/** Limits of the choice of a backend. Times are milliseconds unless the name says otherwise. */

/**
 * A backend is tried again once others got so many times the time that the try may cost: 0.2 % of the time of one
 * client.
 */
export const TRY_AGAIN_AFTER = 500

/** What a try costs at least, by its time: expected times are no more exact. */
export const TRY_COSTS_LEAST = 0.1
/**
 * Expected times within this factor are taken for equal: with jitter of ±30 % the moving averages of two machines alike lie
 * up to that far apart.
 */
export const ABOUT_AS_SOON = 1.25
