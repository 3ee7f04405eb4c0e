/**
 * Limits of request bodies and what is read of them.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

/** The largest request body: previews are 0.1 to 1 MB, full-size originals some tens. */
export const MAX_BODY_BYTES = 100 * MB
/** `entries` is a few hundred bytes; this leaves room for clients that batch. */
export const MAX_ENTRIES_BYTES = 1 * MB
export const MAX_ENTRIES = 100
/** Characters of a task's or type's name; the longest real one has 18. */
export const MAX_ENTRY_NAME_CHARS = 256
export const MAX_PARTS = 100
/** Headers of the first multipart part; a real one has about 60 bytes. */
export const MAX_PART_HEADER_BYTES = 8 * KB
/** A body up to this size holds no photo: it is let in before the images. */
export const SMALL_BODY_BYTES = 16 * KB
/** Bytes in which `entries` nearly always ends. */
export const USUAL_HEAD_BYTES = 2 * KB
/** Bytes at the beginning and at the end of a photo that are searched for a further part; all of it costs too much. */
export const SEARCHED_HEAD_BYTES = 16 * KB
export const SEARCHED_TAIL_BYTES = 4 * KB
