/**
 * Reads a prediction's body in any valid layout: multer parses it, and undici's FormData builds a body for each backend.
 * Every byte is copied at least twice, so Immich's own layout is read by immich-layout.ts instead.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import multer from 'multer'
import { FormData, Response } from 'undici'
import { MAX_BODY_BYTES, MAX_ENTRIES_BYTES, MAX_PARTS } from './limits.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { OutgoingBody, PredictionBody } from './body-types.ts'
import type { Bytes } from './bytes.ts'
import { ENTRIES_FIELD } from './entries.ts'

interface Field {
  readonly name: string
  readonly value: string
}

interface UploadedFile {
  readonly fieldname: string
  readonly originalname: string
  readonly mimetype: string
  readonly buffer: Buffer
}

interface Form {
  readonly fields: readonly Field[]
  readonly files: readonly UploadedFile[]
}

const upload = multer({
  storage: multer.memoryStorage(),
  defParamCharset: 'utf8',
  limits: {
    fileSize: MAX_BODY_BYTES,
    // Not the limit of `entries`, which is checked below: the field `text` may be longer.
    fieldSize: MAX_BODY_BYTES,
    parts: MAX_PARTS,
    fields: MAX_PARTS,
    files: MAX_PARTS,
  },
}).any()

/** A request for multer, which needs its headers and a stream, over bytes that were received already. */
function asRequest(bytes: Bytes, contentType: string): IncomingMessage {
  const headers = { 'content-type': contentType, 'content-length': String(bytes.length) }
  return Object.assign(Readable.from(bytes.chunks, { objectMode: false }), {
    headers,
  }) as unknown as IncomingMessage
}

/** Names and values of the fields that multer has parsed: it nests a field `a[b]` and makes a list of a repeated name. */
function flatten(value: unknown, name: string): Field[] {
  if (typeof value === 'string') return [{ name, value }]
  if (Array.isArray(value)) return value.flatMap((item) => flatten(item, name))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => flatten(item, name === '' ? key : `${name}[${key}]`))
}

function formError(error: unknown): AppError {
  if (error instanceof multer.MulterError && error.code.startsWith('LIMIT_')) {
    return new AppError('FORM_TOO_LARGE', 413, `The form is too large: ${error.message}`)
  }
  return new AppError('FORM_BROKEN', 400, `The multipart body is broken or cut off: ${errorText(error)}`)
}

function readForm(bytes: Bytes, contentType: string): Promise<Form> {
  const request = asRequest(bytes, contentType)
  return new Promise((resolve, reject) => {
    // multer touches neither the response nor Express itself.
    const response = {} as unknown as ServerResponse
    const done = (error?: unknown): void => {
      if (error !== undefined && error !== null) return reject(formError(error))
      const { body, files } = request as unknown as { body: unknown; files: UploadedFile[] | undefined }
      resolve({ fields: flatten(body, ''), files: files ?? [] })
    }
    ;(upload as unknown as (req: IncomingMessage, res: ServerResponse, next: typeof done) => void)(
      request,
      response,
      done,
    )
  })
}

async function buildForm(form: Form, entries: string): Promise<OutgoingBody> {
  const data = new FormData()
  data.append(ENTRIES_FIELD, entries)
  for (const { name, value } of form.fields) if (name !== ENTRIES_FIELD) data.append(name, value)
  for (const file of form.files) {
    const blob = new Blob([new Uint8Array(file.buffer)], { type: file.mimetype })
    data.append(file.fieldname, blob, file.originalname)
  }
  const encoded = new Response(data)
  const body = Buffer.from(await encoded.arrayBuffer())
  return { chunks: [body], length: body.length, contentType: encoded.headers.get('content-type') ?? '' }
}

/**
 * Reads a body. The bytes are copied: they are not needed any more when the promise is settled.
 * @throws {AppError} FORM_BROKEN or ENTRIES_MISSING (400), FORM_TOO_LARGE (413)
 */
export async function readGeneralLayout(bytes: Bytes, contentType: string): Promise<PredictionBody> {
  const form = await readForm(bytes, contentType)
  // The last one counts where the field is repeated, as on the real backend.
  const entries = form.fields.findLast((field) => field.name === ENTRIES_FIELD)?.value
  if (entries === undefined) {
    throw new AppError('ENTRIES_MISSING', 400, 'The field "entries" is missing; it says which tasks to run')
  }
  if (Buffer.byteLength(entries) > MAX_ENTRIES_BYTES) {
    throw new AppError(
      'FORM_TOO_LARGE',
      413,
      `The field "entries" is larger than ${MAX_ENTRIES_BYTES / 1024 / 1024} MB`,
    )
  }
  return {
    entriesText: entries,
    withEntries: (text) => buildForm(form, text ?? entries),
  }
}
