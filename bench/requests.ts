/** The requests that are sent: Immich's own, as its client puts them on the wire. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { immichForm, JOBS } from '../test/support/immich-client.ts'
import { readPhoto } from '../test/support/photo.ts'
import type { Stage } from './stage.ts'

/** A request as the client sent it, also in files for wrk. */
export interface CapturedRequest {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
  readonly bodyFile: string
  readonly headersFile: string
}

/** Bytes of the image. */
const IMAGE_BYTES = 500_000
/** What wrk writes itself. */
const OF_THE_CONNECTION = new Set(['host', 'connection', 'content-length'])

/** The names of the requests. */
export interface Requests {
  readonly text: CapturedRequest
  readonly image: CapturedRequest
  /** The image for faces alone. */
  readonly faces: CapturedRequest
  /** The image for two tasks, which two backends serve. */
  readonly both: CapturedRequest
}

/** A real photo, filled up with bytes that no compression and no cache can make smaller. */
function image(): Buffer {
  const pieces = [readPhoto()]
  let length = pieces[0]?.length ?? 0
  for (let seed = 0; length < IMAGE_BYTES; seed++) {
    const piece = createHash('sha512').update(String(seed)).digest()
    pieces.push(piece)
    length += piece.length
  }
  return Buffer.concat(pieces).subarray(0, IMAGE_BYTES)
}

/** Sends a form to a server of our own and keeps what arrives. */
export async function capture(stage: Stage, name: string, form: FormData): Promise<CapturedRequest> {
  const headers: Record<string, string> = {}
  const chunks: Buffer[] = []
  const server = createServer((request, response) => {
    for (const [key, value] of Object.entries(request.headers)) {
      if (typeof value === 'string' && !OF_THE_CONNECTION.has(key)) headers[key] = value
    }
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).once('end', () => response.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', body: form })
  server.closeAllConnections()
  server.close()
  const body = Buffer.concat(chunks)
  const bodyFile = stage.file(`${name}.body`)
  const headersFile = stage.file(`${name}.headers`)
  writeFileSync(bodyFile, body)
  const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}\n`)
  writeFileSync(headersFile, lines.join(''))
  return { body, headers, bodyFile, headersFile }
}

export async function captureRequests(stage: Stage): Promise<Requests> {
  const photo = image()
  const { searchText, searchImage, faces } = JOBS
  return {
    text: await capture(stage, 'text', immichForm(searchText, 'a dog on the beach')),
    image: await capture(stage, 'image', immichForm(searchImage, photo)),
    faces: await capture(stage, 'faces', immichForm(faces, photo)),
    both: await capture(stage, 'both', immichForm({ ...searchImage, ...faces }, photo)),
  }
}

export interface Reply {
  readonly status: number
  readonly body: Buffer
}

/** Sends a captured request once. */
export async function sendOnce(url: string, request: CapturedRequest): Promise<Reply> {
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: request.headers,
    body: new Uint8Array(request.body),
  })
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
}
