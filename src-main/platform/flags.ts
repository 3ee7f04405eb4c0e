/** The command line, which is the same for the desktop app and for plain Node. Pure. */
import { parseArgs } from 'node:util'
import type { Config } from '../../src-shared/config/schema.ts'
import { DEFAULT_PORT } from '../../src-shared/limits.ts'
import { readEnvironment, VARIABLES, type Environment, type Variables } from './environment.ts'
import { errorText } from './errors.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import { FlagError, parseHost, parseLogLevel, parsePort } from './start-values.ts'

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
  /** Whether Immich's queues that this program has paused are resumed, and nothing else is done: it is about to be removed. */
  resumeQueues: boolean
  /** Whether this is a copy beside others, which leaves to one of them what must happen once. */
  follower: boolean
  /** What the variable `IMP_BACKENDS` means: the configuration while there is no config.json. */
  firstConfig: Config | undefined
  help: boolean
  version: boolean
}

const OPTIONS = {
  headless: { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
  'user-data-dir': { type: 'string' },
  debug: { type: 'boolean' },
  'log-level': { type: 'string' },
  hidden: { type: 'boolean' },
  'reset-password': { type: 'boolean' },
  'resume-queues': { type: 'boolean' },
  follower: { type: 'boolean' },
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
  --resume-queues        resume what the queue guard has paused in Immich, then end
  --follower             a copy beside others: guards no queues, wakes, starts and pauses nothing
  --help                 show this
  --version              show the version

Environment (a flag goes before it, and it before config.json):

${VARIABLES.map(([name, meaning]) => `  ${name.padEnd(22)} ${meaning}\n`).join('')}`

function nonEmpty(name: string, text: string | undefined): string | undefined {
  if (text === '') throw new FlagError(`--${name}=: the value is empty`)
  return text
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

function parsed<T>(
  name: string,
  text: string | undefined,
  parse: (name: string, text: string) => T,
): T | undefined {
  return text === undefined ? undefined : parse(`--${name}`, text)
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

/** What both the command line and the environment can say. */
function startValues(
  values: Values,
  environment: Environment,
): Pick<Flags, 'port' | 'host' | 'userDataDir' | 'logLevel' | 'firstConfig'> {
  const host = nonEmpty('host', values.host)
  return {
    port: parsed('port', values.port, parsePort) ?? environment.port,
    host: host === undefined ? environment.host : parseHost(host),
    userDataDir: nonEmpty('user-data-dir', values['user-data-dir']) ?? environment.userDataDir,
    logLevel: parsed('log-level', values['log-level'], parseLogLevel) ?? environment.logLevel ?? 'info',
    firstConfig: environment.firstConfig,
  }
}

/**
 * Reads the command line, and the environment for what it does not say.
 * @param args the arguments, without the names of the program and the script
 * @param variables the environment. It is not read for `--help` and `--version`, which must not fail
 * @throws {FlagError} for an unknown flag or a bad value
 */
export function parseFlags(args: readonly string[], variables: Variables = {}): Flags {
  let values: Values
  try {
    values = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values
  } catch (error) {
    const [sentence] = errorText(error).split(/\.(?:\s|$)/)
    throw new FlagError(`${sentence ?? ''}; --help shows the flags`)
  }
  const { help = false, version = false } = values
  return {
    ...startValues(values, readEnvironment(help || version ? {} : variables)),
    headless: values.headless ?? false,
    debug: values.debug ?? false,
    hidden: values.hidden ?? false,
    resetPassword: values['reset-password'] ?? false,
    resumeQueues: values['resume-queues'] ?? false,
    follower: values.follower ?? false,
    help,
    version,
  }
}
