/** A real JPEG: a picture of 1440 × 960 pixels, as large as Immich's previews. */
import { readFileSync } from 'node:fs'

export const PHOTO_FILE = new URL('photo.jpg', import.meta.url)
export const PHOTO_SIZE = { width: 1440, height: 960 }

/** The bytes of the photo. */
export function readPhoto(): Buffer {
  return readFileSync(PHOTO_FILE)
}
