/** Reads a picture, scales it as Immich scales its previews, and makes a JPEG of it. Needs a browser. */
import { TRY_PICTURE_PX } from '../../src-shared/try.ts'

const JPEG_QUALITY = 0.85

export interface Picture {
  readonly width: number
  readonly height: number
  /** A `data:` URL of a JPEG, to be shown. */
  readonly src: string
  /** The JPEG's bytes in base64. */
  readonly base64: string
}

/** The size that a picture is scaled to: its longer side as long as asked, never more than it is. */
export function scaledSize(
  width: number,
  height: number,
  longest: number,
): { width: number; height: number } {
  const factor = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

/** @throws {Error} where the browser cannot show it */
async function loaded(url: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = url
  await image.decode()
  return image
}

/**
 * @param url of a picture that this page may read: its own, `data:` or `blob:`
 * @throws {Error} where it is no picture that the browser can show
 */
export async function pictureFrom(url: string): Promise<Picture> {
  const image = await loaded(url)
  const size = scaledSize(image.naturalWidth, image.naturalHeight, TRY_PICTURE_PX)
  const canvas = document.createElement('canvas')
  canvas.width = size.width
  canvas.height = size.height
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('This browser cannot draw pictures')
  // JPEG knows no transparency; what is transparent would become black.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, size.width, size.height)
  context.drawImage(image, 0, 0, size.width, size.height)
  const src = canvas.toDataURL('image/jpeg', JPEG_QUALITY)
  return { ...size, src, base64: src.slice(src.indexOf(',') + 1) }
}

/** @throws {Error} where it is no picture that the browser can show */
export async function pictureOfFile(file: Blob): Promise<Picture> {
  const url = URL.createObjectURL(file)
  try {
    return await pictureFrom(url)
  } finally {
    URL.revokeObjectURL(url)
  }
}
