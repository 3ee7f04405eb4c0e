/** What stays in force of a `config.json` that is no JSON. Pure. */
import { readSecurity } from '../../src-shared/config/reading.ts'
import { salvage } from '../../src-shared/config/salvage.ts'
import { EMPTY_CONFIG, serverSchema, type Config } from '../../src-shared/config/schema.ts'

/** Nothing is told by field: the warning says what stays in force. */
const SILENT = { add: (): void => undefined }

/** An entry that cannot be read; it is none that may be used. */
const UNREAD = ''

/** What stands between a field's name and its value, whichever quote or colon is missing. */
const BETWEEN = '["\'\\s:=]*'

/** The last value of a field in the text: of a field that stands twice, a parser takes the last one too. */
function lastValue(text: string, field: string, value: string): string | undefined {
  return [...text.matchAll(new RegExp(`${field}${BETWEEN}(${value})`, 'g'))].at(-1)?.[1]
}

/**
 * The entries of a list, with quotes or without: neither an address nor a host name holds a quote, a comma or a space. The
 * last entry of a list without an end may be cut off, and 10.0.0.0/2 is more than 10.0.0.0/24.
 */
function listIn(text: string, field: string): string[] | undefined {
  const list = lastValue(text, field, '\\[[^\\]]*\\]?')
  if (list === undefined) return undefined
  const entries = list.split(/[\s,"'[\]]+/).filter((entry) => entry !== '')
  return list.endsWith(']') ? entries : [...entries.slice(0, -1), UNREAD]
}

function securityIn(text: string): Record<string, unknown> {
  // A list of clients that cannot be read must not let in the home network, as one that is absent does.
  const unread = text.includes('allowedClients') ? [UNREAD] : undefined
  const found = {
    passwordHash: lastValue(text, 'passwordHash', 'scrypt[\\w:-]*'),
    allowedClients: listIn(text, 'allowedClients') ?? unread,
    allowedHosts: listIn(text, 'allowedHosts'),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function serverIn(text: string): Record<string, unknown> {
  const server = lastValue(text, '["\']server', '\\{[^}]*') ?? ''
  const port = lastValue(server, 'port', '\\d+(?=\\D)')
  const host = /host["'\s:=]*["']([^"'\n]+)["']/.exec(server)?.[1]
  return { ...(port === undefined ? {} : { port: Number(port) }), ...(host === undefined ? {} : { host }) }
}

/**
 * What stays in force of a text that is no JSON: the password, the lists of clients and hosts, and the address, as far
 * as each can be found. Without it, a typing error anywhere in the file would open the proxy to everybody on the network.
 * A damaged hash is kept too: no password matches it.
 */
export function rescue(text: string): Config {
  // In a file that was saved as UTF-16, every second byte is zero.
  const plain = text.replaceAll('\0', '')
  const security = readSecurity(securityIn(plain), SILENT) ?? {}
  const server = salvage(serverSchema, serverIn(plain), [], SILENT) as Config['server']
  if (Object.keys(security).length + Object.keys(server ?? {}).length === 0) return EMPTY_CONFIG
  return {
    ...EMPTY_CONFIG,
    ...(Object.keys(server ?? {}).length === 0 ? {} : { server }),
    ...(Object.keys(security).length === 0 ? {} : { security }),
  }
}

/** What {@link rescue} kept, as the end of a warning. */
export function rescuedText({ security = {}, server = {} }: Config): string {
  const { passwordHash = '', ...lists } = security
  const fields = [
    ...(passwordHash === '' ? [] : ['the password (--reset-password removes it)']),
    ...Object.keys(lists).map((name) => `security.${name}`),
    ...Object.keys(server).map((name) => `server.${name}`),
  ]
  if (fields.length === 0) return 'the defaults are used, so no password is in force either'
  const none = passwordHash === '' ? '; no password is in force' : ''
  return `the defaults are used, but what it said of ${fields.join(', ')} stays in force${none}`
}
