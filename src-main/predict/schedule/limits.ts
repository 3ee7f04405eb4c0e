/** Limits of the scheduler. Times are milliseconds unless the name says otherwise. */

/**
 * The real backend unloads a model without a request in this time, and its worker exits (immich_ml's
 * `MACHINE_LEARNING_MODEL_TTL`, 300 s unless set).
 */
export const MODELS_KEPT_MS = 300_000
/** The assumed time to load a model, until one was measured: 2 to 10 s on a GPU. */
export const COLD_START_MS = 5_000
/** A first answer in less time shows that the model was loaded already: no real one loads so fast. */
export const COLD_START_LEAST_MS = 1_000
/** Weight of the newest answer in the moving average of times: a change of speed is followed within some ten answers. */
export const SPEED_WEIGHT = 0.2
/** Weight of the newest pause in the moving average of the clients' pauses; they vary more than the machines' times. */
export const PAUSE_WEIGHT = 0.1
/** A client that sent nothing for so long after an answer has no more images: Immich's next job is there in 0.1 s. */
export const PAUSE_MOST_MS = 1_000
/** Times of answers that wait for the next image: more than clients have in flight. */
export const PAUSES_KEPT = 64
/** An image that waited for so long gets every fourth slot of a backend; texts get the others. */
export const OVERDUE_AFTER_MS = 2_000
export const TEXTS_BEFORE_OVERDUE = 3
/**
 * While requests wait, the choice is repeated this often: the passing of time alone may change it, and a hung backend
 * causes no event.
 */
export const LOOK_AGAIN_MS = 250
