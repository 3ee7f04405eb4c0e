/** Undoes the compression of an answer (`Content-Encoding`, RFC 9110, section 8.4). */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import { MAX_CONTENT_CODINGS } from './limits.ts'

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const inflateZlib: Decoder = promisify(inflate)
const inflateBare: Decoder = promisify(inflateRaw)
const ungzip: Decoder = promisify(gunzip)

/** Whether bytes have the header of zlib (RFC 1950, section 2.2). `deflate` means that, but some servers leave it out. */
function hasZlibHeader(body: Buffer): boolean {
  const first = body[0] ?? 0
  return (first & 0x0f) === 8 && ((first << 8) | (body[1] ?? 0)) % 31 === 0
}

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: ungzip,
  'x-gzip': ungzip,
  deflate: (body, options) => (hasZlibHeader(body) ? inflateZlib : inflateBare)(body, options),
  br: promisify(brotliDecompress),
}

/** The codings of a header in the order in which they were applied. */
function codingsOf(header: string): string[] {
  return header
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
}

/**
 * The content of a body.
 * @param header the value of Content-Encoding
 * @param maxBytes of the content
 * @throws {AppError} CODING_UNKNOWN, CONTENT_TOO_LARGE or CONTENT_BROKEN (502)
 */
export async function decodeContent(body: Buffer, header: string, maxBytes: number): Promise<Buffer> {
  const codings = codingsOf(header)
  const decoders = codings.map((coding) => (Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined))
  if (decoders.includes(undefined) || codings.length > MAX_CONTENT_CODINGS) {
    const text = `compressed by "${header.slice(0, 100)}", which the proxy cannot read; turn compression off`
    throw new AppError('CODING_UNKNOWN', 502, text)
  }
  let content = body
  try {
    for (const decode of decoders.reverse()) {
      if (content.length > 0) content = (await decode?.(content, { maxOutputLength: maxBytes })) ?? content
    }
  } catch (error) {
    if (errorCode(error) !== 'ERR_BUFFER_TOO_LARGE') {
      throw new AppError('CONTENT_BROKEN', 502, `compressed by ${header}, but broken (${errorText(error)})`)
    }
    const limit = `${Math.floor(maxBytes / 1024 / 1024)} MB`
    throw new AppError('CONTENT_TOO_LARGE', 502, `larger than ${limit} once decompressed`)
  }
  return content
}
