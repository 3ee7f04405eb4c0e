/**
 * The shape of `config.json`, judged the same on the server and in the browser.
 * Browser-safe: nothing of Node is imported here.
 */
import * as z from 'zod'
import { backendSchema } from './backend-schema.ts'
import { notText, wholeNumber } from './common-schema.ts'
import { canonicalName } from './names.ts'
import { securitySchema } from './security-schema.ts'

export { backendSchema, MASK, urlProblem } from './backend-schema.ts'

const poolSchema = z.union([z.string(), z.array(z.string())], {
  error: 'must be the name of a backend or a list of names',
})
/** JSON may hold a name that would be lost as a key, since JavaScript gives it a meaning of its own. */
function refuseLostName(map: unknown, context: z.RefinementCtx): unknown {
  if (typeof map === 'object' && map !== null && Object.hasOwn(map, '__proto__')) {
    context.addIssue({ code: 'custom', message: 'must not hold "__proto__"; no task has this name' })
  }
  return map
}
const routingSchema = z
  .preprocess(refuseLostName, z.record(z.string(), poolSchema, { error: 'must be an object' }))
  .default({})
// The original takes everything but "fallback" for strict and may have written "".
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

/** The configuration by field; what the fields say of each other is checked in {@link configSchema}. */
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
    security: securitySchema.optional(),
  },
  { error: 'must be an object' },
)

export type BackendConfig = z.infer<typeof backendSchema>
export type Config = z.infer<typeof fieldsSchema>
export type Pool = string | string[]
export type Policy = 'strict' | 'fallback'
export type SecurityConfig = z.infer<typeof securitySchema>

/** The names that a route holds: one or a list becomes a list, an empty name (as the original wrote it) none. */
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

/** What the file on disk may hold: also nothing at all, as on the first run. */
export const configSchema = fieldsSchema.superRefine((config, context) => {
  const add: AddProblem = (path, message) => context.addIssue({ code: 'custom', path, message })
  checkBackendNames(config, add)
  checkReferences(config, add)
})

/** What may be saved: at least one backend, and a default. */
export const savedConfigSchema = configSchema.superRefine((config, context) => {
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

/** One thing wrong with a configuration: where, and what to do. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export type Judged<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: ConfigProblem[] }

/** Judges a value by a schema; never throws. */
export function judge<T>(schema: z.ZodType<T>, value: unknown): Judged<T> {
  const result = schema.safeParse(value)
  if (result.success) return { ok: true, value: result.data }
  const problems = result.error.issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    message: issue.message,
  }))
  return { ok: false, problems }
}

/** `["backends", 1, "url"]` as `backends[1].url`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** All problems as one sentence that names each field. */
export function problemsText(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ path, message }) => `${path.length === 0 ? 'the configuration' : pathText(path)} ${message}`)
    .join('; ')
}

export const EMPTY_CONFIG: Config = {
  defaultBackend: '',
  backends: [],
  taskRouting: {},
  modelTypeRouting: {},
  taskRoutingPolicy: {},
  modelTypeRoutingPolicy: {},
}
