/**
 * The shapes that the original and its forks write and the schema refuses. They are read as the original reads them, and
 * each one that means less than it says is told. Pure, browser-safe.
 *
 * What they write (`config/config.go` of yuhuan417/immich_ml_proxy and of azrael-229/immich_ml_proxy, all versions): an
 * empty Go map or slice as `null`; routes to backends that were removed, which older versions save and all of them
 * answer with the default backend; `facial_recognition` beside `facial-recognition`; two backends of one name, of
 * which the first is found; `""` for no default; and `modelTypeFallback`, a map of the fork.
 */
import { canonicalName } from './names.ts'
import { quoted, type Problems } from './problems.ts'
import { poolNames, poolOnly, shareOf, type Pool } from './pool-schema.ts'
import { POLICY_FIELDS, ROUTING_FIELDS } from './schema.ts'
import { isPlain, type Plain } from './schema-shape.ts'

type Tell = Pick<Problems, 'add'>

const FORK_FIELD = 'modelTypeFallback'

/** The trimmed name of one entry of `backends`, of any type; undefined where it has none. */
export function entryName(entry: unknown): string | undefined {
  if (!isPlain(entry) || typeof entry['name'] !== 'string') return undefined
  const name = entry['name'].trim()
  return name === '' ? undefined : name
}

/** A pool with its names as the schema reads those of backends; undefined for what is no pool. */
function asPool(value: unknown): Pool | undefined {
  if (typeof value === 'string') return value.trim()
  if (isPlain(value)) {
    const backends = asNames(value['backends'])
    // Its share is judged by the schema.
    return backends === undefined ? undefined : { ...value, backends }
  }
  return asNames(value)
}

function asNames(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const names = value.filter((name): name is string => typeof name === 'string')
  return names.length === value.length ? names.map((name) => name.trim()) : undefined
}

function isSamePool(one: unknown, other: unknown): boolean {
  const text = (value: unknown): string => {
    const pool = asPool(value)
    return JSON.stringify([poolNames(pool), shareOf(pool)])
  }
  return text(one) === text(other)
}

/** Tells of the second backend of a name. */
export function tellNamesake(name: string, index: number, problems: Tell): void {
  problems.add(['backends', index, 'name'], `${quoted(name)} is used twice; the first one is used`)
}

/** Drops all but the first backend of each name: it is the one that the original finds. */
function dropNamesakes(backends: readonly unknown[], problems: Tell): unknown[] {
  const seen = new Set<string>()
  return backends.filter((entry, index) => {
    const name = entryName(entry)
    if (name === undefined) return true
    if (seen.has(name)) {
      tellNamesake(name, index, problems)
      return false
    }
    seen.add(name)
    return true
  })
}

/** Whether a key is spelled as Immich sends it, which is where the original looks first. */
const isCanonical = (key: string): boolean => canonicalName(key) === key

/**
 * Of two spellings of one task or type keeps the one that Immich sends. Spellings that disagree are left to the schema,
 * which refuses them, unless `isFile`: of a file one of them is used.
 */
function dropSpellings(map: Plain, field: string, isFile: boolean, problems: Tell): Plain {
  const kept = new Map<string, string>()
  for (const key of Object.keys(map)) {
    const name = canonicalName(key)
    if (!kept.has(name) || isCanonical(key)) kept.set(name, key)
  }
  return Object.fromEntries(
    Object.entries(map).filter(([key, value]) => {
      const first = kept.get(canonicalName(key)) ?? key
      if (first === key || (!isFile && !isSamePool(value, map[first]))) return true
      problems.add([field, key], `is the same as ${quoted(first)}, which is used`)
      return false
    }),
  )
}

export interface OriginalOptions {
  /** Names of backends that stand in `config.json` and cannot be used. Routes keep them and are not served. */
  readonly unusable: ReadonlySet<string>
  /** Whether it is read from the file. A posted one is refused for a default that names no backend. */
  readonly isFile: boolean
}

interface Names extends OriginalOptions {
  readonly known: ReadonlySet<string>
}

/** Leaves the names out of a pool that are no backends. Undefined where none is left. */
function knownPool(
  pool: Pool,
  field: string,
  key: string | undefined,
  { known, unusable }: Names,
  problems: Tell,
): Pool | undefined {
  const path = key === undefined ? [field] : [field, key]
  const kept = poolOnly(pool, (name) => known.has(name) || unusable.has(name))
  const rest = kept === undefined ? undefined : poolNames(kept)
  for (const name of poolNames(pool)) {
    if (unusable.has(name) && !known.has(name)) {
      const others = rest !== undefined && rest.some((one) => known.has(one))
      const effect = others
        ? 'the others of the list are used'
        : 'no other backend takes its place unless the policy is "fallback"'
      problems.add(path, `${quoted(name)} stands in config.json and cannot be used; ${effect}`)
    } else if (!known.has(name)) {
      problems.add(path, `${quoted(name)} is not a backend and is left out${effectOf(field, kept)}`)
    }
  }
  return kept
}

function effectOf(field: string, kept: Pool | undefined): string {
  if (kept !== undefined) return '; the others of the list are used'
  if (field === 'defaultBackend') return ''
  return field === 'taskRouting'
    ? '; the default backend is used'
    : '; the route of the task is used, or the default backend'
}

function settleRoutes(map: Plain, field: string, names: Names, problems: Tell): Plain {
  const routes = dropSpellings(map, field, names.isFile, problems)
  const settled = Object.entries(routes).map(([key, value]): [string, unknown] => {
    const pool = asPool(value)
    return [key, pool === undefined ? value : knownPool(pool, field, key, names, problems)]
  })
  return Object.fromEntries(settled.filter(([, value]) => value !== undefined))
}

const hasEntries = (value: unknown): boolean => isPlain(value) && Object.keys(value).length > 0

/** A map without the entries that are `null`, which Go reads as an empty text. */
const withoutNull = (map: Plain): Plain =>
  Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null))

/**
 * Reads the original's shapes of a configuration; everything else stays what it is, to be judged.
 * @param config a posted configuration, completed, or the content of the file
 * @param problems receives each value that is used in another way than it is written
 */
export function settleOriginal(config: Plain, options: OriginalOptions, problems: Tell): Plain {
  const settled = { ...config }
  const backends: readonly unknown[] = Array.isArray(config['backends']) ? config['backends'] : []
  if (backends.length > 0) settled['backends'] = dropNamesakes(backends, problems)
  else if (options.isFile && config['backends'] === null) settled['backends'] = []
  const known = new Set(backends.flatMap((entry) => entryName(entry) ?? []))
  const names: Names = { ...options, known }
  for (const field of [...ROUTING_FIELDS, ...POLICY_FIELDS]) {
    const map = config[field]
    if (map === null) settled[field] = {}
    else if (isPlain(map) && options.isFile) settled[field] = withoutNull(map)
  }
  for (const field of ROUTING_FIELDS) {
    const map = settled[field]
    if (isPlain(map)) settled[field] = settleRoutes(map, field, names, problems)
  }
  settleDefault(settled, names, problems)
  if (hasEntries(config[FORK_FIELD])) {
    problems.add(
      [FORK_FIELD],
      'comes from a fork and is not used; list both backends in modelTypeRouting instead',
    )
  }
  return settled
}

function settleDefault(settled: Plain, names: Names, problems: Tell): void {
  const pool = asPool(settled['defaultBackend'])
  if (pool === undefined) return
  const isNamed = (name: string): boolean => names.known.has(name) || names.unusable.has(name)
  // A posted default that is no backend is left to the schema, which refuses it.
  if (!names.isFile && !poolNames(pool).every(isNamed)) return
  const kept = knownPool(pool, 'defaultBackend', undefined, names, problems) ?? ''
  settled['defaultBackend'] = kept
  if (names.isFile && poolNames(kept).length === 0 && names.known.size > 0) {
    problems.add(['defaultBackend'], 'is not set; what no route names is not served')
  }
}
