/** What an image's first bytes say it is: the part of a request has no useful media type. Pure. */

export interface ImageType {
  readonly contentType: string
  readonly extension: string
}

const MAGIC: readonly { at: number; bytes: string; type: ImageType }[] = [
  { at: 0, bytes: '\xff\xd8\xff', type: { contentType: 'image/jpeg', extension: 'jpg' } },
  { at: 0, bytes: '\x89PNG\r\n\x1a\n', type: { contentType: 'image/png', extension: 'png' } },
  { at: 8, bytes: 'WEBP', type: { contentType: 'image/webp', extension: 'webp' } },
  { at: 0, bytes: 'GIF8', type: { contentType: 'image/gif', extension: 'gif' } },
  { at: 0, bytes: 'BM', type: { contentType: 'image/bmp', extension: 'bmp' } },
  { at: 4, bytes: 'ftypavif', type: { contentType: 'image/avif', extension: 'avif' } },
]

/** Bytes of the beginning that say it. */
export const IMAGE_TYPE_BYTES = 16

/** The type of image that begins with these bytes, or undefined. */
export function imageTypeOf(beginning: Buffer | undefined): ImageType | undefined {
  if (beginning === undefined) return undefined
  return MAGIC.find(({ at, bytes }) => beginning.toString('latin1', at, at + bytes.length) === bytes)?.type
}
