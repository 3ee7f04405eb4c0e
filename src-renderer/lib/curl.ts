/** A recorded request as a command for a shell. Pure. */
import type { DebugRecord } from '../../src-main/api.ts'

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
export function toCurl({ record, origin, texts, partUrl }: CurlInput): string {
  const { method, url, body } = record.request
  const target = shellWord(new URL(url, origin).href)
  const parts = body.parts ?? []
  if (parts.length === 0) {
    const verb = method === 'GET' ? '' : ` -X ${method}`
    if (body.size === 0 || body.kind === 'binary') return `curl -sS${verb} ${target}`
    const type = body.contentType === '' ? '' : ` -H ${shellWord(`content-type: ${body.contentType}`)}`
    return `curl -sS${verb} ${target}${type} --data-binary ${shellWord(body.preview)}`
  }
  const fetched: string[] = []
  const fields = parts.map(({ name, filename, preview = '' }, index) => {
    if (filename === undefined) return `--form-string ${shellWord(`${name}=${texts[index] ?? preview}`)}`
    const file = `${record.id}-${index}.bin`
    fetched.push(`curl -fsS -o ${file} ${shellWord(new URL(partUrl(index), origin).href)} && \\\n`)
    return `-F ${shellWord(`${plainName(name)}=@${file};filename=${quoted(filename)};type=application/octet-stream`)}`
  })
  return `${fetched.join('')}curl -sS ${target} \\\n  ${fields.join(' \\\n  ')}`
}
