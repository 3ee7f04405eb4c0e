/** Requests as Immich's server sends them: by Node's fetch with FormData, `entries` first. */

export type Entries = Record<string, Record<string, object>>

const CLIP_MODEL = 'ViT-B-32__openai'
const FACE_MODEL = 'buffalo_l'
const OCR_MODEL = 'PP-OCRv5_mobile'

/** The entries of Immich's jobs. */
export const JOBS = {
  searchImage: { clip: { visual: { modelName: CLIP_MODEL } } },
  searchText: { clip: { textual: { modelName: CLIP_MODEL, options: { language: 'de' } } } },
  faces: {
    'facial-recognition': {
      detection: { modelName: FACE_MODEL, options: { minScore: 0.7 } },
      recognition: { modelName: FACE_MODEL },
    },
  },
  ocr: {
    ocr: {
      detection: { modelName: OCR_MODEL, options: { minScore: 0.5, maxResolution: 736 } },
      recognition: { modelName: OCR_MODEL, options: { minScore: 0.8 } },
    },
  },
} as const

/** The form of a prediction as Immich builds it: a text for a search query, else an image. */
export function immichForm(entries: object, payload: Buffer | string): FormData {
  const form = new FormData()
  form.append('entries', JSON.stringify(entries))
  if (typeof payload === 'string') form.append('text', payload)
  else form.append('image', new Blob([new Uint8Array(payload)]))
  return form
}

/** Asks a proxy or a backend for one prediction as Immich does. */
export function predict(
  url: string,
  entries: object,
  payload: Buffer | string,
  init: RequestInit = {},
): Promise<Response> {
  return fetch(new URL('/predict', url), { method: 'POST', body: immichForm(entries, payload), ...init })
}
