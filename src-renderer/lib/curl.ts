/** A recorded request as a curl command. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

/** Quotes a text as one word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export interface CurlInput {
  readonly record: DebugRecord
  /** Origin of this page, for example `http://192.168.1.10:3004`. */
  readonly origin: string
  /** The full text of each part that is a field; undefined for files and for unknown texts. */
  readonly texts: readonly (string | undefined)[]
  readonly partUrl: (index: number) => string
  /** URL of the full body of a request without parts. */
  readonly bodyUrl: string
  /** Whether a password is set. The command then reads it from $PASSWORD to fetch recorded bodies. */
  readonly passwordSet: boolean
}

/** What the recorder writes for a secret value, see `traffic/describe.ts`. */
const HIDDEN = '[hidden]'
const LOGIN = ' -u "x:$PASSWORD"'

const sizeOf = (text: string): number => new TextEncoder().encode(text).length

/** Whether everything that was sent is still available: stored, or short enough for the record. */
export function canCurl({ request, kept }: DebugRecord): boolean {
  const { kind, parts = [], preview, size } = request.body
  if (kept.request || kind === 'empty') return true
  if (parts.length === 0) return kind !== 'multipart' && kind !== 'binary' && sizeOf(preview) >= size
  return parts.every((part) => part.filename === undefined && sizeOf(part.preview ?? '') >= part.size)
}

/** Whether the command needs the password to fetch a recorded body. */
export const needsPassword = ({ request: { body } }: DebugRecord): boolean =>
  isFetched(body) || (body.parts?.some(({ filename }) => filename !== undefined) ?? false)

/** Whether the body has no parts and is not fully in the record. */
function isFetched({ kind, parts = [], preview, size }: DebugRecord['request']['body']): boolean {
  return parts.length === 0 && kind !== 'empty' && (kind === 'binary' || sizeOf(preview) < size)
}

/** Whether headers are left out because their values are not recorded. */
export const hasHidden = (record: DebugRecord): boolean => hiddenHeaders(record) !== ''

/** Hidden headers of an outgoing request must be filled in by the user. */
function hiddenHeaders({ type, request }: DebugRecord): string {
  if (type === 'incoming') return ''
  const names = Object.keys(request.headers).filter((name) => request.headers[name] === HIDDEN)
  return names.map((name) => ` \\\n  -H ${shellWord(`${name.replaceAll(/[\r\n:]/g, '_')}: …`)}`).join('')
}

/** URL of the request. Incoming requests are recorded with their path only. */
export function targetOf(record: DebugRecord, origin: string): string {
  return new URL(record.request.url, origin).href
}

/** Quotes a file name for curl's -F syntax. The name comes from a client and must not add attributes. */
function quoted(text: string): string {
  if (/^[\w.-]+$/.test(text)) return text
  return `"${text.replaceAll(/[\r\n]/g, ' ').replaceAll(/["\\]/g, (char) => `\\${char}`)}"`
}

/** Escapes the name of a part for curl's -F syntax: a name such as `x=@/file` would send a local file. */
function plainName(text: string): string {
  return text.replaceAll(/[=;"@<\r\n]/g, '_')
}

/** The curl command, preceded by commands that fetch the recorded files. */
export function toCurl(input: CurlInput): string {
  const { record, origin, texts, partUrl, bodyUrl, passwordSet } = input
  const { method, url, body } = record.request
  const target = shellWord(new URL(url, origin).href)
  const parts = body.parts ?? []
  const fetched: string[] = []
  const fetch = (file: string, from: string): void => {
    const login = passwordSet ? LOGIN : ''
    fetched.push(`curl -fsS${login} -o ${file} ${shellWord(new URL(from, origin).href)} && \\\n`)
  }
  const headers = hiddenHeaders(record)
  if (parts.length === 0) {
    const verb = method === 'GET' ? '' : ` -X ${method}`
    if (body.size === 0) return `curl -sS${verb} ${target}${headers}`
    const type = body.contentType === '' ? '' : ` -H ${shellWord(`content-type: ${body.contentType}`)}`
    const file = `${record.id}.bin`
    if (isFetched(body)) fetch(file, bodyUrl)
    // `--data-binary` treats a text that begins with @ as a file name.
    const data = isFetched(body) ? `--data-binary @${file}` : `--data-raw ${shellWord(body.preview)}`
    return `${fetched.join('')}curl -sS${verb} ${target}${type}${headers} ${data}`
  }
  const fields = parts.map(({ name, filename, preview = '' }, index) => {
    if (filename === undefined) return `--form-string ${shellWord(`${name}=${texts[index] ?? preview}`)}`
    const file = `${record.id}-${index}.bin`
    fetch(file, partUrl(index))
    return `-F ${shellWord(`${plainName(name)}=@${file};filename=${quoted(filename)};type=application/octet-stream`)}`
  })
  return `${fetched.join('')}curl -sS ${target}${headers} \\\n  ${fields.join(' \\\n  ')}`
}
