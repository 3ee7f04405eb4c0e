/** A recorded request as a command for a shell. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export interface CurlInput {
  readonly record: DebugRecord
  /** Where this page is served: `http://192.168.1.10:3004`. */
  readonly origin: string
  /** The whole text of each part that is a field; undefined for files and what is not known. */
  readonly texts: readonly (string | undefined)[]
  readonly partUrl: (index: number) => string
  /** Where the whole body of a request without parts is. */
  readonly bodyUrl: string
  /** Then what is fetched from the records first asks for it; it is taken from $PASSWORD. */
  readonly passwordSet: boolean
}

/** How the recorder writes a secret value, see `traffic/describe.ts`. */
const HIDDEN = '[hidden]'
const LOGIN = ' -u "x:$PASSWORD"'

const sizeOf = (text: string): number => new TextEncoder().encode(text).length

/** Whether all that was sent is still known: kept, or so short that the record holds it. */
export function canCurl({ request, kept }: DebugRecord): boolean {
  const { kind, parts = [], preview, size } = request.body
  if (kept.request || kind === 'empty') return true
  if (parts.length === 0) return kind !== 'multipart' && kind !== 'binary' && sizeOf(preview) >= size
  return parts.every((part) => part.filename === undefined && sizeOf(part.preview ?? '') >= part.size)
}

/** Whether the command needs the password: it fetches what was sent. */
export const needsPassword = ({ request: { body } }: DebugRecord): boolean =>
  isFetched(body) || (body.parts?.some(({ filename }) => filename !== undefined) ?? false)

/** A body without parts that the record does not hold as a whole. */
function isFetched({ kind, parts = [], preview, size }: DebugRecord['request']['body']): boolean {
  return parts.length === 0 && kind !== 'empty' && (kind === 'binary' || sizeOf(preview) < size)
}

/** Whether headers are left out whose values are not recorded. */
export const hasHidden = (record: DebugRecord): boolean => hiddenHeaders(record) !== ''

/** What was hidden on the way to a backend has to be filled in by whoever runs the command. */
function hiddenHeaders({ type, request }: DebugRecord): string {
  if (type === 'incoming') return ''
  const names = Object.keys(request.headers).filter((name) => request.headers[name] === HIDDEN)
  return names.map((name) => ` \\\n  -H ${shellWord(`${name.replaceAll(/[\r\n:]/g, '_')}: …`)}`).join('')
}

/** Where the request went; incoming ones are recorded with their path alone. */
export function targetOf(record: DebugRecord, origin: string): string {
  return new URL(record.request.url, origin).href
}

/** A file name in the quotes of curl’s own grammar: it came from outside and must not add attributes. */
function quoted(text: string): string {
  if (/^[\w.-]+$/.test(text)) return text
  return `"${text.replaceAll(/[\r\n]/g, ' ').replaceAll(/["\\]/g, (char) => `\\${char}`)}"`
}

/** A part’s name without what curl would read as its own: `x=@/file` would send a file of this computer. */
function plainName(text: string): string {
  return text.replaceAll(/[=;"@<\r\n]/g, '_')
}

/** `curl …`, the files of the request fetched from the records first. */
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
    // `--data-binary` would read a text that begins with @ as the name of a file.
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
