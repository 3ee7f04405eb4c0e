/** “Try a picture”: what a backend answers to a picture or a text, judged. Types of the API and its limits. Pure, browser-safe. */

/** The tasks that can be tried, by Immich's names. */
export const TRY_TASKS = ['clip', 'facial-recognition', 'ocr'] as const
export type TryTask = (typeof TRY_TASKS)[number]

/** The kinds of work of a try: one request to the backend each. */
export const TRY_WORKS = ['clip/visual', 'clip/textual', 'facial-recognition', 'ocr'] as const
export type TryWork = (typeof TRY_WORKS)[number]

/** The longer side to which a page scales a picture before it sends it, pixels: as large as Immich's own previews. */
export const TRY_PICTURE_PX = 1_440
/** Characters of a search text. Immich's own field takes no more than a sentence. */
export const MAX_TRY_TEXT_CHARS = 500

/** The model that a try would use. */
export interface TryModel {
  readonly work: TryWork
  readonly modelName: string
  /** Immich has asked for no such thing since the start: it is Immich's default, and may not be on the backend yet. */
  readonly isDefault: boolean
}

/** `GET /api/backends/try`. */
export interface TryInfo {
  readonly models: readonly TryModel[]
}

export interface TriedFace {
  /** Corners in pixels of the picture that was sent. */
  readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }
  readonly score: number
  /** Numbers in its vector. */
  readonly length: number
}

export interface TriedText {
  readonly text: string
  /** Four corners, x and y in turn, as the backend gave them: fractions of the picture, or pixels. */
  readonly box: readonly number[]
  readonly score: number
}

/** What one request of a try came to. */
export interface TryResult {
  readonly work: TryWork
  readonly modelName: string
  readonly ok: boolean
  /** Why it is not ok, as the end of a sentence after the backend's name; else empty. */
  readonly error: string
  /** Milliseconds of the first answer, which may have loaded a model, and of the same request once more; null without one. */
  readonly firstMs: number | null
  readonly againMs: number | null
  /** Of smart search. */
  readonly vector?: readonly number[]
  readonly faces?: readonly TriedFace[]
  readonly texts?: readonly TriedText[]
}

/** The answer of `POST /api/backends/try`. */
export interface TryAnswer {
  readonly results: readonly TryResult[]
  /** The size of the picture as the backend saw it, pixels; null where it did not say. */
  readonly imageWidth: number | null
  readonly imageHeight: number | null
}
