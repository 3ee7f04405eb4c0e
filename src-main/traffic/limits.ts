/**
 * Limits of what debug mode records.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

export const DEFAULT_MAX_RECORDS = 100
/** Memory for all recorded bodies together; the oldest photos are dropped first. */
export const RECORDED_BYTES_BUDGET = 64 * MB
/** One block of the store for photos: a few previews (0.1 to 1 MB) share one, so that little of it is wasted. */
export const RECORDED_IMAGE_BLOCK_BYTES = 1 * MB
/** One block for answers and texts, of 0.3 to some KB each. */
export const RECORDED_OTHER_BLOCK_BYTES = 64 * KB
/** Empty blocks that are retained: a photo that is dropped frees about one, and the next photo takes it. */
export const MAX_SPARE_BLOCKS = 8
/** Characters of a text body or part in the record itself: 10,000 records must stay under 20 MB. */
export const PREVIEW_CHARS = 256
/** Characters of a recorded header's name and of its value, and headers of one message; a real one has some ten. */
export const RECORDED_HEADER_CHARS = 256
export const RECORDED_HEADERS = 100
/** Characters of a recorded URL; the paths that mean anything here have under a hundred. */
export const RECORDED_URL_CHARS = 2_048
/** Entries of a recorded prediction, and characters of each. Immich sends one or two, of some 20 characters. */
export const RECORDED_TASKS = 20
export const RECORDED_TASK_CHARS = 100
/** Characters of the reason of a failure in a record: some ten attempts. */
export const RECORDED_ERROR_CHARS = 1_000
/** Characters of all records together; the oldest are dropped. 10,000 usual ones have 10 MB, and as many of a hostile client 450. */
export const RECORDS_CHARS_BUDGET = 64 * MB
/** What a record has besides its texts, in characters. */
export const RECORD_BASE_CHARS = 500
/** Bytes of a body in one chunk of an archive: a multiple of three, so that base64 has no padding in the middle. */
export const HAR_CHUNK_BYTES = 192 * KB
/** Parts that are described one by one in a record. */
export const RECORDED_PARTS = 10
