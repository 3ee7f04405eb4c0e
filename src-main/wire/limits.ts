/**
 * Limits of request bodies and of what is read of them.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const KB = 1024
const MB = 1024 * KB

/** The largest request body: previews are 0.1 to 1 MB, full-size originals some tens. */
export const MAX_BODY_BYTES = 100 * MB
/** `entries` has a few hundred bytes; a client that batches may send more. */
export const MAX_ENTRIES_BYTES = 1 * MB
/** Entries in one request; Immich sends one or two. */
export const MAX_ENTRIES = 100
/** Characters of a task's or type's name; the longest real one has 18. */
export const MAX_ENTRY_NAME_CHARS = 256
/** Parts of one form; Immich sends two. */
export const MAX_PARTS = 100
/** Lines of a form that begin like its boundary; those that are none count as well, and no photo has one. */
export const MAX_BOUNDARY_LINES = 1_000
/** A text field of a form. A search query has some hundred characters. */
export const MAX_TEXT_BYTES = 1 * MB
/** Headers of one part; those of `entries` have about 60 bytes. */
export const MAX_PART_HEADER_BYTES = 8 * KB
/** A body up to this size holds no photo. It is admitted before photos and not copied into the buffer pool. */
export const SMALL_BODY_BYTES = 16 * KB
/** The beginning of a body within which `entries` nearly always ends. */
export const USUAL_HEAD_BYTES = 2 * KB
/** The bytes at the beginning and at the end of a photo that are searched for a further part; see immich-layout.ts. */
export const SEARCHED_HEAD_BYTES = 16 * KB
export const SEARCHED_TAIL_BYTES = 4 * KB
/** Compressions one upon the other of one answer. Servers apply one, a proxy before them perhaps another. */
export const MAX_CONTENT_CODINGS = 3
