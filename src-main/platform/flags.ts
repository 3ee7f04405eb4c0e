/** The command line, which is the same for the desktop app and for plain Node. Pure. */
import { parseArgs } from 'node:util'
import { DEFAULT_PORT } from '../../src-shared/limits.ts'
import { errorText } from './errors.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'

export interface Flags {
  headless: boolean
  port: number | undefined
  host: string | undefined
  userDataDir: string | undefined
  debug: boolean
  logLevel: LogLevel
  /** Whether the app starts without a window, as at login. */
  hidden: boolean
  /** Whether a forgotten password is removed before the start. */
  resetPassword: boolean
  help: boolean
  version: boolean
}

/** A command line that cannot be used. The program prints the message and ends with exit code 2. */
export class FlagError extends Error {}

const OPTIONS = {
  headless: { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
  'user-data-dir': { type: 'string' },
  debug: { type: 'boolean' },
  'log-level': { type: 'string' },
  hidden: { type: 'boolean' },
  'reset-password': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

export const HELP = `Immich ML Proxy: one machine-learning URL for Immich in front of several backends

Usage: immich-ml-proxy [flags]

  --headless             serve without tray and window
  --port=PORT            port to listen on (default ${DEFAULT_PORT})
  --host=HOST            address to listen on (default: all of this computer)
  --user-data-dir=DIR    folder of config.json
  --debug                debug mode on from the start
  --log-level=LEVEL      ${LOG_LEVELS.join(', ')} (default info)
  --hidden               start in the tray, without a window
  --reset-password       remove a forgotten password, then start
  --help                 show this
  --version              show the version
`

const MAX_PORT = 65_535

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > MAX_PORT) {
    throw new FlagError(`--port=${text}: must be a whole number from 0 to ${MAX_PORT} (0: any free port)`)
  }
  return port
}

function parseLogLevel(text: string | undefined): LogLevel {
  if (text === undefined) return 'info'
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) throw new FlagError(`--log-level=${text}: must be one of ${LOG_LEVELS.join(', ')}`)
  return level
}

function nonEmpty(name: string, text: string | undefined): string | undefined {
  if (text === '') throw new FlagError(`--${name}=: the value is empty`)
  return text
}

/** Removes the brackets of an IPv6 address, which URLs need and `listen` refuses. */
function withoutBrackets(host: string | undefined): string | undefined {
  return host?.replace(/^\[(.*)\]$/, '$1')
}

/**
 * Divides the arguments of Electron's process into flags of this program and those for Chromium, macOS or a debugger,
 * which share its command line.
 */
export function ownArguments(args: readonly string[]): { own: string[]; foreign: string[] } {
  const own: string[] = []
  const foreign: string[] = []
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    const text = args[token.index]
    if (text === undefined) continue
    if (token.kind !== 'option' || !Object.hasOwn(OPTIONS, token.name)) foreign.push(text)
    else if (token.value === undefined) own.push(token.rawName)
    else own.push(`${token.rawName}=${token.value}`)
  }
  return { own, foreign }
}

/**
 * Reads the command line.
 * @param args the arguments, without the names of the program and the script
 * @throws {FlagError} for an unknown flag or a bad value
 */
export function parseFlags(args: readonly string[]): Flags {
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']
  try {
    values = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values
  } catch (error) {
    const [sentence] = errorText(error).split(/\.(?:\s|$)/)
    throw new FlagError(`${sentence ?? ''}; --help shows the flags`)
  }
  return {
    headless: values.headless ?? false,
    port: parsePort(values.port),
    host: withoutBrackets(nonEmpty('host', values.host)),
    userDataDir: nonEmpty('user-data-dir', values['user-data-dir']),
    debug: values.debug ?? false,
    logLevel: parseLogLevel(values['log-level']),
    hidden: values.hidden ?? false,
    resetPassword: values['reset-password'] ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
  }
}
