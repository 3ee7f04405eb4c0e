/** Limits of the buffer pool, in bytes unless the name says otherwise. */
import { MAX_PREDICTIONS_IN_FLIGHT } from '../limits.ts'

/** One buffer: a preview (0.1 to 1 MB) fits in. */
export const POOL_BUFFER_BYTES = 1024 * 1024
/** As many as predictions are worked on at once. */
export const POOL_BUFFERS = MAX_PREDICTIONS_IN_FLIGHT
