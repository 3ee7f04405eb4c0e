/**
 * The schema of `config.json`, by which the server and the pages judge alike. Browser-safe.
 */
import * as z from 'zod'
import { DEFAULT_PORT, MAX_BACKENDS, MAX_BEYOND_MINUTES, MAX_GRACE_SECONDS, MAX_ROUTES } from '../limits.ts'
import { backendSchema } from './backend-schema.ts'
import { notObject, notText, wholeNumber } from './common-schema.ts'
import { immichSchema } from './immich-schema.ts'
import { canonicalName } from './names.ts'
import { poolNames, poolSchema, type Pool } from './pool-schema.ts'
import { portProblem } from './ports.ts'
import { Problems, quoted, type ConfigProblem } from './problems.ts'
import { securitySchema } from './security-schema.ts'

export { pathText, problemsText, problemText, type ConfigProblem } from './problems.ts'

/** Refuses the key `__proto__`, which JSON allows and which would be lost when the map is copied. */
function refuseLostName(map: unknown, context: z.RefinementCtx): unknown {
  if (typeof map === 'object' && map !== null && Object.hasOwn(map, '__proto__')) {
    context.addIssue({ code: 'custom', message: 'must not hold "__proto__"; no task has this name' })
  }
  return map
}
const routingSchema = z
  .preprocess(refuseLostName, z.record(z.string(), poolSchema, { error: notObject }))
  .default({})
// The original reads everything but "fallback" as strict, and its files may hold "".
const policySchema = z.preprocess(
  (value) => (value === '' ? 'strict' : value),
  z.enum(['strict', 'fallback', 'wait'], { error: 'must be "strict", "fallback" or "wait"' }),
)
const policiesSchema = z
  .preprocess(refuseLostName, z.record(z.string(), policySchema, { error: notObject }))
  .default({})

const yesNo = z.boolean({ error: 'must be true or false' })

export const serverSchema = z.looseObject(
  {
    port: wholeNumber(1, 65_535, '').optional(),
    host: z.string({ error: notText }).trim().min(1, 'is empty; write for example 0.0.0.0').optional(),
  },
  { error: notObject },
)

const appSchema = z.looseObject(
  {
    launchAtLogin: yesNo.optional(),
    notifications: yesNo.optional(),
    preventSleep: yesNo.optional(),
    /** Whether Immich's queues are paused while the app is closed, where the guard is on; asked once. */
    pauseQueuesOnQuit: yesNo.optional(),
    checkForUpdates: yesNo.optional(),
  },
  { error: notObject },
)

const holdSchema = z.looseObject(
  {
    /** How long an image waits for a backend to come back when all that may answer it are down. */
    graceSeconds: wholeNumber(0, MAX_GRACE_SECONDS, ' (seconds)').optional(),
    /** How long an image waits on under `wait` once Immich was sent the headers of an answer. */
    beyondMinutes: wholeNumber(0, MAX_BEYOND_MINUTES, ' (minutes)').optional(),
  },
  { error: notObject },
)

/** The fields, each by itself; {@link configSchema} checks what they say of each other and how many they are. */
export const fieldsSchema = z.looseObject(
  {
    defaultBackend: poolSchema.default(''),
    /** What becomes of images while the default backend is away; `strict` where it is absent. */
    defaultPolicy: z.enum(['strict', 'wait'], { error: 'must be "strict" or "wait"' }).optional(),
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
  { error: notObject },
)

export type BackendConfig = z.infer<typeof backendSchema>
export type Config = z.infer<typeof fieldsSchema>
export type Policy = 'strict' | 'fallback' | 'wait'
export type { ImmichConfig } from './immich-schema.ts'
export type { ManageConfig } from './manage-schema.ts'
export type { WakeConfig } from './wake-schema.ts'
export type { YieldConfig } from './yield-schema.ts'
export type SecurityConfig = z.infer<typeof securitySchema>

type AddProblem = (path: (string | number)[], message: string) => void

/** Fields that map tasks or types to something. */
export const ROUTING_FIELDS = ['taskRouting', 'modelTypeRouting'] as const
export const POLICY_FIELDS = ['taskRoutingPolicy', 'modelTypeRoutingPolicy'] as const

/** Whether the default or a route names a backend of this name. */
export function isNamed(config: Config, name: string): boolean {
  const pools = [config.defaultBackend, ...ROUTING_FIELDS.flatMap((field) => Object.values(config[field]))]
  return pools.some((pool) => poolNames(pool).includes(name))
}

function checkCounts(config: Config, add: AddProblem): void {
  if (config.backends.length > MAX_BACKENDS) add(['backends'], `are more than ${MAX_BACKENDS}`)
  const [tasks, types] = ROUTING_FIELDS.map((field) => Object.keys(config[field]).length)
  if ((tasks ?? 0) + (types ?? 0) > MAX_ROUTES) {
    add(['taskRouting'], `and modelTypeRouting have more than ${MAX_ROUTES} routes`)
  }
}

function checkBackendNames(config: Config, add: AddProblem): void {
  const seen = new Set<string>()
  config.backends.forEach((backend, index) => {
    if (seen.has(backend.name)) {
      add(
        ['backends', index, 'name'],
        `${quoted(backend.name)} is used twice; give each backend its own name`,
      )
    }
    seen.add(backend.name)
  })
}

/** One container that is started and stopped for two backends would be stopped while the other one works. */
function checkContainers(config: Config, add: AddProblem): void {
  const managedFor = new Map<string, string>()
  config.backends.forEach(({ name, manage }, index) => {
    if (manage === undefined) return
    const other = managedFor.get(manage.container)
    if (other !== undefined) {
      add(
        ['backends', index, 'manage', 'container'],
        `is managed for ${quoted(other)} already; keep one of the two`,
      )
    }
    managedFor.set(manage.container, name)
  })
}

/** Names that a message offers to choose from; a list of all 100 for each of 200 routes would be megabytes. */
const OFFERED_NAMES = 10

function offer(names: ReadonlySet<string>): string {
  if (names.size === 0) return 'add it first'
  const shown = [...names].slice(0, OFFERED_NAMES).map(quoted).join(', ')
  return `choose one of ${shown}${names.size > OFFERED_NAMES ? ', …' : ''}`
}

function checkReferences(config: Config, alsoKnown: ReadonlySet<string>, add: AddProblem): void {
  const known = new Set(config.backends.map((backend) => backend.name))
  const offered = offer(known)
  const check = (path: (string | number)[], pool: Pool): void => {
    for (const name of poolNames(pool)) {
      if (!known.has(name) && !alsoKnown.has(name)) add(path, `${quoted(name)} is not a backend; ${offered}`)
    }
  }
  check(['defaultBackend'], config.defaultBackend)
  for (const field of ROUTING_FIELDS) {
    const spelled = new Map<string, string>()
    for (const [key, pool] of Object.entries(config[field])) {
      check([field, key], pool)
      const other = spelled.get(canonicalName(key))
      if (other !== undefined) add([field, key], `is the same as ${quoted(other)}; keep one of the two`)
      spelled.set(canonicalName(key), key)
    }
  }
}

function configSchemaWith(alsoKnown: ReadonlySet<string>): z.ZodType<Config> {
  return fieldsSchema.superRefine((config, context) => {
    const problems = new Problems()
    const add: AddProblem = (path, message) => problems.add(path, message)
    checkCounts(config, add)
    checkBackendNames(config, add)
    checkReferences(config, alsoKnown, add)
    for (const { path, message } of problems.list) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
  })
}

/** The schema of a whole configuration. An empty object is valid, as on the first start. */
export const configSchema = configSchemaWith(new Set())

/**
 * The schema of what may be saved: with at least one backend and a default, on a port that Immich can reach.
 * @param alsoKnown names that routes may hold beside those of the backends
 */
export function savedConfigSchemaWith(alsoKnown: ReadonlySet<string>): z.ZodType<Config> {
  return configSchemaWith(alsoKnown).superRefine((config, context) => {
    checkContainers(config, (path, message) => context.addIssue({ code: 'custom', path, message }))
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
}

export const savedConfigSchema = savedConfigSchemaWith(new Set())

export type Judged<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: ConfigProblem[] }

/** Judges a value by a schema. Never throws. It tells at most MAX_TOLD_PROBLEMS problems. */
export function judge<T>(schema: z.ZodType<T>, value: unknown): Judged<T> {
  const result = schema.safeParse(value)
  if (result.success) return { ok: true, value: result.data }
  const problems = new Problems()
  for (const { path, message } of result.error.issues) {
    problems.add(
      path.map((part) => (typeof part === 'number' ? part : String(part))),
      message,
    )
  }
  return { ok: false, problems: problems.list }
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
