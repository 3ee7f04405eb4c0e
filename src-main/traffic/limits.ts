/**
 * Limits of what debug mode records.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

export const DEFAULT_MAX_RECORDS = 100
/** Bytes of recorded bodies kept in all; the oldest images go first. */
export const RECORDED_BYTES_BUDGET = 64 * MB
/** Recorded photos lie in slabs of this size: a few photos each, so that little is wasted at the ends. */
export const RECORDED_SLAB_BYTES = 1 * MB
/** The same for answers and texts, a dozen in each. */
export const RECORDED_SMALL_SLAB_BYTES = 64 * KB
/** Empty slabs that wait to be filled again; as many as the records come and go by at once. */
export const MAX_SPARE_SLABS = 8
/** Characters of a text body or part that stand in the record itself: 10,000 records must stay under 20 MB. */
export const PREVIEW_CHARS = 256
/** Characters of one recorded header's name and value, and headers of one message; a real one has some ten. */
export const RECORDED_HEADER_CHARS = 256
export const RECORDED_HEADERS = 100
/** Characters of a recorded URL; the paths that mean anything here have under a hundred. */
export const RECORDED_URL_CHARS = 2_048
/** Parts that are described one by one in a record. */
export const RECORDED_PARTS = 10
