/**
 * Limits of the history.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const MB = 1024 * 1024

export const MINUTE_MS = 60_000
/** A day, and some minutes more for a clock that is set back. */
export const KEPT_MINUTES = 24 * 60 + 30
/** How often state, waiting and running predictions are read: as often as the backends are checked. */
export const SAMPLE_EVERY_MS = 5_000
/** How often the history is written. What came since is lost when the process is killed. */
export const SAVE_EVERY_MS = 300_000
/** Minutes that are made text in one go: some milliseconds, where twelve backends were busy in all of them. */
export const SLICE_MINUTES = 60
/** The largest `state/history.json.gz`. */
export const MAX_FILE_BYTES = 2 * MB
/** The largest content of that file when it is unpacked: 20 times as much, as such numbers are packed 5 to 10 times. */
export const MAX_UNPACKED_BYTES = 40 * MB
/**
 * Pairs of a backend and a task that are counted on their own; the least used become one. Twelve backends with all of
 * Immich's tasks are 48.
 */
export const MAX_SERIES = 64
/** Durations are counted in classes, four for each doubling: a percentile is within 10 % of the measured value. */
export const CLASSES_PER_DOUBLING = 4
/** The last class ends at 2^(76 / 4) ms = 524 s: longer than any prediction may take. */
export const LAST_CLASS = 76
/** Image predictions with a longer pause between them are two imports, minutes. */
export const IMPORT_PAUSE_MINUTES = 10
/** An import is running while its last image was answered at most so many minutes ago. */
export const IMPORT_RUNNING_MINUTES = 2
/**
 * Upper limits of the durations in `/metrics`, seconds: a text takes some 10 ms, a photo 50 ms to some seconds, and the
 * first one, with which a model is loaded, up to a minute.
 */
export const DURATION_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
