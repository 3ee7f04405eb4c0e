/** Multipart bodies written byte by byte, for layouts that FormData does not make. */

export interface Part {
  name: string
  filename?: string
  contentType?: string
  /** Further header lines. */
  headers?: string[]
  content: Buffer
}

/** The body with these parts, in their order. */
export function multipartBody(boundary: string, parts: readonly Part[]): Buffer {
  const pieces: Buffer[] = []
  for (const { name, filename, contentType, headers = [], content } of parts) {
    const file = filename === undefined ? '' : `; filename="${filename}"`
    const lines = [`Content-Disposition: form-data; name="${name}"${file}`, ...headers]
    if (contentType !== undefined) lines.push(`Content-Type: ${contentType}`)
    pieces.push(Buffer.from(`--${boundary}\r\n${lines.join('\r\n')}\r\n\r\n`), content, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
}

/** A buffer cut into pieces at some offsets, as a socket may deliver it; offsets outside it are passed over. */
export function splitAt(buffer: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.filter((cut) => cut > 0 && cut < buffer.length))].sort((a, b) => a - b)
  return [0, ...at].map((start, index) => Buffer.from(buffer.subarray(start, at[index] ?? buffer.length)))
}
