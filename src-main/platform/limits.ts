/** Limits of the platform's parts. Sizes are bytes. */

/** Lines of the log that wait for a slow reader; with more, further ones are dropped: some thousand lines. */
export const LOG_WAITING_BYTES = 256 * 1024
