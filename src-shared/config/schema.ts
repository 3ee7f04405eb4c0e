/**
 * The schema of `config.json`, by which the server and the pages judge alike. Browser-safe.
 */
import * as z from 'zod'
import { backendSchema } from './backend-schema.ts'
import { DEFAULT_PORT } from '../limits.ts'
import { notText, wholeNumber } from './common-schema.ts'
import { MAX_GRACE_SECONDS } from '../limits.ts'
import { immichSchema } from './immich-schema.ts'
import { canonicalName } from './names.ts'
import { portProblem } from './ports.ts'
import { securitySchema } from './security-schema.ts'

const poolSchema = z.union([z.string(), z.array(z.string())], {
  error: 'must be the name of a backend or a list of names',
})
/** Refuses the key `__proto__`, which JSON allows and which would be lost when the map is copied. */
function refuseLostName(map: unknown, context: z.RefinementCtx): unknown {
  if (typeof map === 'object' && map !== null && Object.hasOwn(map, '__proto__')) {
    context.addIssue({ code: 'custom', message: 'must not hold "__proto__"; no task has this name' })
  }
  return map
}
const routingSchema = z
  .preprocess(refuseLostName, z.record(z.string(), poolSchema, { error: 'must be an object' }))
  .default({})
// The original reads everything but "fallback" as strict, and its files may hold "".
const policySchema = z.preprocess(
  (value) => (value === '' ? 'strict' : value),
  z.enum(['strict', 'fallback'], { error: 'must be "strict" or "fallback"' }),
)
const policiesSchema = z
  .preprocess(refuseLostName, z.record(z.string(), policySchema, { error: 'must be an object' }))
  .default({})

const yesNo = z.boolean({ error: 'must be true or false' })

export const serverSchema = z.looseObject({
  port: wholeNumber(1, 65_535, '').optional(),
  host: z.string({ error: notText }).trim().min(1, 'is empty; write for example 0.0.0.0').optional(),
})

const appSchema = z.looseObject({
  launchAtLogin: yesNo.optional(),
  notifications: yesNo.optional(),
  preventSleep: yesNo.optional(),
  checkForUpdates: yesNo.optional(),
})

const holdSchema = z.looseObject(
  {
    /** How long an image waits for a backend to come back when all that may answer it are down. */
    graceSeconds: wholeNumber(0, MAX_GRACE_SECONDS, ' (seconds)').optional(),
  },
  { error: 'must be an object' },
)

/** The fields, each by itself; {@link configSchema} checks what they say of each other. */
const fieldsSchema = z.looseObject(
  {
    defaultBackend: z
      .union([z.string(), z.array(z.string())], { error: 'must be the name of a backend or a list of names' })
      .default(''),
    backends: z.array(backendSchema, { error: 'must be a list of backends' }).default([]),
    taskRouting: routingSchema,
    modelTypeRouting: routingSchema,
    taskRoutingPolicy: policiesSchema,
    modelTypeRoutingPolicy: policiesSchema,
    server: serverSchema.optional(),
    app: appSchema.optional(),
    hold: holdSchema.optional(),
    security: securitySchema.optional(),
    immich: immichSchema.optional(),
  },
  { error: 'must be an object' },
)

export type BackendConfig = z.infer<typeof backendSchema>
export type Config = z.infer<typeof fieldsSchema>
export type Pool = string | string[]
export type Policy = 'strict' | 'fallback'
export type { ImmichConfig } from './immich-schema.ts'
export type { ManageConfig } from './manage-schema.ts'
export type { WakeConfig } from './wake-schema.ts'
export type { YieldConfig } from './yield-schema.ts'
export type SecurityConfig = z.infer<typeof securitySchema>

/** The backends that a route names, as a list without duplicates. An empty name, which the original writes, is none. */
export function poolNames(pool: Pool | undefined): string[] {
  if (pool === undefined) return []
  const names = typeof pool === 'string' ? [pool] : pool
  return [...new Set(names.filter((name) => name !== ''))]
}

type AddProblem = (path: (string | number)[], message: string) => void

function checkBackendNames(config: Config, add: AddProblem): void {
  const seen = new Set<string>()
  config.backends.forEach((backend, index) => {
    if (seen.has(backend.name)) {
      add(['backends', index, 'name'], `"${backend.name}" is used twice; give each backend its own name`)
    }
    seen.add(backend.name)
  })
}

function checkReferences(config: Config, add: AddProblem): void {
  const known = new Set(config.backends.map((backend) => backend.name))
  const list = [...known].map((name) => `"${name}"`).join(', ')
  const check = (path: (string | number)[], pool: Pool): void => {
    for (const name of poolNames(pool)) {
      if (!known.has(name)) {
        add(path, `"${name}" is not a backend; ${known.size > 0 ? `choose one of ${list}` : 'add it first'}`)
      }
    }
  }
  check(['defaultBackend'], config.defaultBackend)
  for (const field of ['taskRouting', 'modelTypeRouting'] as const) {
    const spelled = new Map<string, string>()
    for (const [key, pool] of Object.entries(config[field])) {
      check([field, key], pool)
      const other = spelled.get(canonicalName(key))
      if (other !== undefined) add([field, key], `is the same as "${other}"; keep one of the two`)
      spelled.set(canonicalName(key), key)
    }
  }
}

/** The schema of the file. An empty object is valid, as on the first start. */
export const configSchema = fieldsSchema.superRefine((config, context) => {
  const add: AddProblem = (path, message) => context.addIssue({ code: 'custom', path, message })
  checkBackendNames(config, add)
  checkReferences(config, add)
})

/** The schema of what may be saved: with at least one backend and a default, on a port that Immich can reach. */
export const savedConfigSchema = configSchema.superRefine((config, context) => {
  const port = portProblem(config.server?.port ?? DEFAULT_PORT)
  if (port !== undefined) context.addIssue({ code: 'custom', path: ['server', 'port'], message: port })
  if (config.backends.length === 0) {
    context.addIssue({ code: 'custom', path: ['backends'], message: 'is empty; add at least one backend' })
  } else if (poolNames(config.defaultBackend).length === 0) {
    context.addIssue({
      code: 'custom',
      path: ['defaultBackend'],
      message: 'is not set; choose the backend that takes what no route names',
    })
  }
})

/** One thing that is wrong with a configuration: where, and what to do, as the end of a sentence. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export type Judged<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: ConfigProblem[] }

/** Judges a value by a schema. Never throws. */
export function judge<T>(schema: z.ZodType<T>, value: unknown): Judged<T> {
  const result = schema.safeParse(value)
  if (result.success) return { ok: true, value: result.data }
  const problems = result.error.issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    message: issue.message,
  }))
  return { ok: false, problems }
}

/** A path as a text: `["backends", 1, "url"]` becomes `backends[1].url`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** All problems in one sentence that names each field. */
export function problemsText(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ path, message }) => `${path.length === 0 ? 'the configuration' : pathText(path)} ${message}`)
    .join('; ')
}

/** The configuration of the first start. */
export const EMPTY_CONFIG: Config = {
  defaultBackend: '',
  backends: [],
  taskRouting: {},
  modelTypeRouting: {},
  taskRoutingPolicy: {},
  modelTypeRoutingPolicy: {},
}
