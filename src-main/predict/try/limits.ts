/**
 * Limits of “Try a picture”.
 * Times are milliseconds unless the name says otherwise.
 */

/** How long a try waits for a slot of the backend. A person waits for it, and can try again. */
export const TRY_SLOT_WAIT_MS = 30_000
/**
 * The most that is read of an answer, whose server may be any other: numbers of a vector (the longest known has 1,152),
 * faces, texts and characters of a text. Anything beyond is no answer of such a server.
 */
export const MAX_VECTOR_NUMBERS = 8_192
export const MAX_TRIED_FACES = 200
export const MAX_TRIED_TEXTS = 500
export const MAX_TRIED_TEXT_CHARS = 500
