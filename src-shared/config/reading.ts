/**
 * Reads the content of `config.json` as far as it can be used. One bad entry leaves the others in force; each one that
 * is not used is told by field. Pure, browser-safe.
 */
import { MAX_BACKENDS, MAX_SECURITY_ENTRIES } from '../limits.ts'
import { backendSchema } from './backend-schema.ts'
import { withinCaps } from './caps.ts'
import { entryName, settleOriginal, tellNamesake } from './original.ts'
import { Problems, quoted, type ConfigProblem, type Path } from './problems.ts'
import { salvage } from './salvage.ts'
import { poolNames, type Pool } from './pool-schema.ts'
import { EMPTY_CONFIG, fieldsSchema, type BackendConfig, type Config, type SecurityConfig } from './schema.ts'
import { isPlain, type Plain } from './schema-shape.ts'
import { NOBODY, securitySchema } from './security-schema.ts'

/** A backend that stands in the file and cannot be used. */
export interface UnusableBackend {
  readonly name: string
  /** As it stands in the file; it may hold secrets. */
  readonly entry: unknown
}

export interface ConfigReading {
  /**
   * What can be used. Its routes and its default may name an unusable backend: what they name is then not served, as a
   * strict route must not be answered by another backend.
   */
  readonly config: Config
  /** What is not used, or not as it stands there. Their texts hold no secret. */
  readonly problems: readonly ConfigProblem[]
  /** Those of which no usable backend has the name. */
  readonly unusable: readonly UnusableBackend[]
  /** How many of the problems are entries that the original would not have used either: not merely its own shapes. */
  readonly refused: number
}

/** A hash that no password matches, in place of one that cannot be read. */
const DAMAGED_HASH = 'damaged'

/**
 * The security settings of a file. They never open more than they would without their bad entries: a list of clients
 * without a single good entry lets nobody in, where no list would let in the home network, and a password hash that
 * cannot be read is one that no password matches.
 * @param value `security` as it stands in the file
 */
export function readSecurity(value: unknown, problems: Pick<Problems, 'add'>): SecurityConfig | undefined {
  if (value === undefined || value === null) return undefined
  if (!isPlain(value)) {
    problems.add(['security'], 'must be an object; until it is, nobody may use /ping and /predict')
    return { allowedClients: [NOBODY] }
  }
  const { passwordHash, allowedClients, ...rest } = bounded(value, problems)
  const clients = readClients(allowedClients, problems)
  const hash = readHash(passwordHash, problems)
  return {
    ...(clients === undefined ? {} : { allowedClients: clients }),
    ...(salvage(securitySchema, rest, ['security'], problems) as SecurityConfig | undefined),
    ...(hash === undefined ? {} : { passwordHash: hash }),
  }
}

function readHash(value: unknown, problems: Pick<Problems, 'add'>): string | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined
  problems.add(
    ['security', 'passwordHash'],
    'must be a text; nobody gets in until --reset-password removes it',
  )
  return DAMAGED_HASH
}

/** The settings with their lists cut to the length that the schema allows. */
function bounded(security: Plain, problems: Pick<Problems, 'add'>): Plain {
  const limited = Object.entries(security).map(([name, value]) => {
    if (!Array.isArray(value) || value.length <= MAX_SECURITY_ENTRIES) return [name, value]
    problems.add(['security', name], `has more than ${MAX_SECURITY_ENTRIES} entries; the first ones are used`)
    return [name, value.slice(0, MAX_SECURITY_ENTRIES)]
  })
  return Object.fromEntries(limited) as Plain
}

function readClients(value: unknown, problems: Pick<Problems, 'add'>): string[] | undefined {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return undefined
  const path = ['security', 'allowedClients']
  const read = salvage(securitySchema.shape.allowedClients, value, path, problems) as string[] | undefined
  if (read !== undefined && read.length > 0) return read
  problems.add(path, 'has no entry that can be used; until it has, nobody may use /ping and /predict')
  return [NOBODY]
}

interface Placed {
  readonly index: number
  readonly backend: BackendConfig
}

interface Backends {
  readonly usable: Placed[]
  readonly unusable: UnusableBackend[]
}

/** A part of a backend without which it must not be used: without `tls.ca` another server would be believed. */
const isVital = (path: Path): boolean => path[0] === 'tls'

function readBackends(value: unknown, problems: Problems): Backends {
  const usable: Placed[] = []
  const unusable = new Map<string, unknown>()
  if (value !== undefined && value !== null && !Array.isArray(value)) {
    problems.add(['backends'], 'must be a list of backends')
  }
  const entries: readonly unknown[] = Array.isArray(value) ? value : []
  entries.forEach((entry, index) => {
    const told: Path[] = []
    const add = (path: Path, message: string): void => {
      told.push(path)
      problems.add(['backends', index, ...path], message)
    }
    const backend = salvage(backendSchema, entry, [], { add }) as BackendConfig | undefined
    if (backend !== undefined && !told.some(isVital)) {
      usable.push({ index, backend })
      return
    }
    const name = entryName(entry)
    const shown = name === undefined ? 'this backend' : quoted(name)
    problems.add(['backends', index], `is left out: ${shown} is not used until that is corrected`)
    if (name !== undefined && !unusable.has(name)) unusable.set(name, entry)
  })
  return { usable, unusable: [...unusable].map(([name, entry]) => ({ name, entry })) }
}

/** The first of each name, which is the one that the original finds. */
function dropNamesakes(usable: readonly Placed[], problems: Problems): BackendConfig[] {
  const first = new Map<string, BackendConfig>()
  for (const { index, backend } of usable) {
    if (first.has(backend.name)) tellNamesake(backend.name, index, problems)
    else first.set(backend.name, backend)
  }
  return [...first.values()]
}

/** Backends beyond the limit: routes that name one of them must not be answered by another. */
function beyondLimit(
  value: unknown,
  usable: readonly BackendConfig[],
  unusable: readonly UnusableBackend[],
): UnusableBackend[] {
  if (!Array.isArray(value) || value.length <= MAX_BACKENDS) return []
  const names = new Set([...usable, ...unusable].map(({ name }) => name))
  return value.slice(MAX_BACKENDS).flatMap((entry: unknown) => {
    const name = entryName(entry)
    if (name === undefined || names.has(name)) return []
    names.add(name)
    // Nothing but its name: the rest was not held to any limit.
    return { name, entry: { name } }
  })
}

/**
 * The security settings within the limits, but with what decides who is let in as it stands in the file: a list of clients
 * that is too long must not be taken for one that is absent.
 */
function securityWithin(written: unknown, limited: unknown): unknown {
  if (!isPlain(written)) return written
  const { allowedClients, passwordHash } = written
  return { ...(isPlain(limited) ? limited : {}), allowedClients, passwordHash }
}

const hasNames = (pool: unknown): boolean => poolNames(pool as Pool | undefined).length > 0

/**
 * Reads the content of the file.
 * @param value any JSON value
 */
export function readConfig(value: unknown): ConfigReading {
  const problems = new Problems()
  if (!isPlain(value)) {
    problems.add([], 'must be an object')
    return { config: EMPTY_CONFIG, problems: problems.list, unusable: [], refused: 1 }
  }
  const { backends, security: limited, ...rest } = withinCaps(value, problems) as Plain
  const security = readSecurity(securityWithin(value['security'], limited), problems)
  const fields = (salvage(fieldsSchema, rest, [], problems) ?? {}) as Plain
  const { usable, unusable: bad } = readBackends(backends, problems)
  const refused = problems.count
  const namesakes = dropNamesakes(usable, problems)
  const unusable = [...bad, ...beyondLimit(value['backends'], namesakes, bad)].filter(
    ({ name }) => !namesakes.some((backend) => backend.name === name),
  )
  const settled = settleOriginal(
    { ...fields, backends: namesakes },
    { unusable: new Set(unusable.map(({ name }) => name)), isFile: true },
    problems,
  )
  const config = fieldsSchema.parse({ ...settled, ...(security === undefined ? {} : { security }) })
  const isDefaultLost = hasNames(fields['defaultBackend']) && !hasNames(config.defaultBackend)
  return { config, problems: problems.list, unusable, refused: refused + (isDefaultLost ? 1 : 0) }
}
