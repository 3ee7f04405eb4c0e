/**
 * The variables `IMP_*`, for containers and units, where a file or flags are awkward. A flag goes before its variable,
 * and a variable before config.json. Pure.
 */
import { DATA_DIR_VARIABLE, namedFolder } from './folders.ts'
import { FlagError, parseHost, parseLogLevel, parsePort } from './start-values.ts'
import type { LogLevel } from './log.ts'
import { withoutAskedPath } from '../../src-shared/config/asked-path.ts'
import {
  EMPTY_CONFIG,
  judge,
  problemsText,
  savedConfigSchema,
  type Config,
} from '../../src-shared/config/schema.ts'

/** Environment variables by name, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What the environment says; undefined where a variable is absent or empty. */
export interface Environment {
  readonly port: number | undefined
  readonly host: string | undefined
  readonly userDataDir: string | undefined
  readonly logLevel: LogLevel | undefined
  /** The configuration that `IMP_BACKENDS` means, for a start without a config.json. */
  readonly firstConfig: Config | undefined
}

const BACKENDS_VARIABLE = 'IMP_BACKENDS'

/** Every variable and what it holds, for the help. */
export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['IMP_PORT', 'as --port'],
  ['IMP_HOST', 'as --host'],
  [DATA_DIR_VARIABLE, 'as --user-data-dir'],
  ['IMP_LOG_LEVEL', 'as --log-level'],
  [BACKENDS_VARIABLE, 'NAME=URL,NAME=URL,…: the backends while there is no config.json'],
]

const EXAMPLE = 'gpu=http://192.168.1.20:3003,nas=http://immich-machine-learning:3003'

/**
 * The configuration that a list of backends means: all of them are the default backend, in the order in which they are
 * written.
 * @param text `NAME=URL` pairs with commas between them
 * @throws {FlagError} which does not repeat the text: what stands in a URL before an @ may be a password
 */
function firstConfig(text: string): Config {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const backends = entries.map((entry, index) => {
    const end = entry.indexOf('=')
    if (end < 1)
      throw new FlagError(`${BACKENDS_VARIABLE}: entry ${index + 1} is not NAME=URL; write ${EXAMPLE}`)
    return { name: entry.slice(0, end), url: withoutAskedPath(entry.slice(end + 1).trim()) }
  })
  const names = backends.map(({ name }) => name.trim())
  const [first = ''] = names
  const judged = judge(savedConfigSchema, {
    ...EMPTY_CONFIG,
    backends,
    defaultBackend: names.length > 1 ? { backends: names, share: 'in-order' } : first,
  })
  if (judged.ok) return judged.value
  throw new FlagError(`${BACKENDS_VARIABLE}: ${problemsText(judged.problems)}; write ${EXAMPLE}`)
}

/**
 * Reads the variables of this program. An empty one counts as absent, as compose files write `${NAME:-}`.
 * @throws {FlagError} that names the variable with a bad value
 */
export function readEnvironment(variables: Variables): Environment {
  const read = <T>(name: string, parse: (name: string, text: string) => T): T | undefined => {
    const text = variables[name]?.trim()
    return text === undefined || text === '' ? undefined : parse(name, text)
  }
  return {
    port: read('IMP_PORT', parsePort),
    host: read('IMP_HOST', parseHost),
    userDataDir: namedFolder(variables),
    logLevel: read('IMP_LOG_LEVEL', parseLogLevel),
    firstConfig: read(BACKENDS_VARIABLE, (_name, text) => firstConfig(text)),
  }
}
