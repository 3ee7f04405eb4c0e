/** The shapes of Immich's answers, as far as they are used. Whatever else they hold is left out. */
import * as z from 'zod'
import type { GuardedTask } from '../../src-shared/immich.ts'
import { MAX_ENTRY_NAME_CHARS } from '../wire/limits.ts'
import { notImmich } from './errors.ts'

/** A count that an older or newer Immich may leave out. */
const count = z.int().min(0).max(1e12).default(0)

const statisticsSchema = z.object({ active: count, waiting: count, paused: count, delayed: count })

/** The state of one queue. */
export interface QueueReading {
  readonly isPaused: boolean
  readonly active: number
  /** Jobs that are not done: active ones, waiting ones (which count as paused while the queue is), delayed ones. */
  readonly remaining: number
}

/** The queues by their names in Immich. */
export type Queues = ReadonlyMap<string, QueueReading>

/** `GET /server/version` */
export const versionSchema = z.object({ major: count, minor: count, patch: count })

/** One of `GET /queues`, v2.4 and later */
const queueSchema = z.object({
  name: z.string().max(100),
  isPaused: z.boolean(),
  statistics: statisticsSchema,
})

/** One of `GET /jobs`, by its name */
const jobSchema = z.object({ jobCounts: statisticsSchema, queueStatus: z.object({ isPaused: z.boolean() }) })

const urlText = z.string().max(2_048)

/** The model of one task. In another form it is not known, which must not hide the URLs. */
const modelOf = z
  .object({ modelName: z.string().min(1).max(MAX_ENTRY_NAME_CHARS) })
  .optional()
  .catch(undefined)

/** `GET /admin/config` and `GET /system-config`; before there could be several URLs there was `url`. */
export const settingsSchema = z.object({
  machineLearning: z.object({
    urls: z.array(urlText).max(100).optional(),
    url: urlText.optional(),
    clip: modelOf,
    facialRecognition: modelOf,
    ocr: modelOf,
  }),
})

/** What is used of Immich's settings for its machine learning. */
export interface MachineLearning {
  readonly urls: readonly string[]
  /** The model of each task; undefined where this version of Immich does not tell it. */
  readonly models: ModelNames
}

export type ModelNames = Readonly<Partial<Record<GuardedTask, string | undefined>>>

/** The settings as they are used. */
export function machineLearningOf({ machineLearning }: z.infer<typeof settingsSchema>): MachineLearning {
  const { urls, url, clip, facialRecognition, ocr } = machineLearning
  return {
    urls: urls ?? (url === undefined ? [] : [url]),
    models: {
      clip: clip?.modelName,
      'facial-recognition': facialRecognition?.modelName,
      ocr: ocr?.modelName,
    },
  }
}

/** `GET /api-keys/me` */
export const permissionsSchema = z.object({ permissions: z.array(z.string().max(100)).max(1_000) })

function readingOf(
  isPaused: boolean,
  { active, waiting, paused, delayed }: z.infer<typeof statisticsSchema>,
): QueueReading {
  return { isPaused, active, remaining: active + waiting + paused + delayed }
}

/**
 * A server that is not Immich may answer everything with some JSON. An answer without the oldest queue is not Immich's.
 */
function checked(queues: Queues, call: string): Queues {
  if (queues.has('smartSearch')) return queues
  throw notImmich(`${call} was answered in another form`)
}

/** The state of the queue that was changed, where the answer contains it. */
export function parseQueue(json: unknown): QueueReading | undefined {
  const { success, data } = queueSchema.safeParse(json)
  return success ? readingOf(data.isPaused, data.statistics) : undefined
}

/** As {@link parseQueue}, of the older form. */
export function parseJob(json: unknown): QueueReading | undefined {
  const { success, data } = jobSchema.safeParse(json)
  return success ? readingOf(data.queueStatus.isPaused, data.jobCounts) : undefined
}

/** A queue of another shape is left out: a later Immich may have one. @throws {ImmichError} IMMICH_NOT_IMMICH */
export function parseQueues(json: unknown): Queues {
  const queues = new Map<string, QueueReading>()
  for (const one of Array.isArray(json) ? json : []) {
    const { success, data } = queueSchema.safeParse(one)
    if (success) queues.set(data.name, readingOf(data.isPaused, data.statistics))
  }
  return checked(queues, 'GET /queues')
}

/** As {@link parseQueues}, of the older form. @throws {ImmichError} IMMICH_NOT_IMMICH */
export function parseJobs(json: unknown): Queues {
  const queues = new Map<string, QueueReading>()
  for (const [name, one] of Object.entries(typeof json === 'object' && json !== null ? json : {})) {
    const { success, data } = jobSchema.safeParse(one)
    if (success) queues.set(name, readingOf(data.queueStatus.isPaused, data.jobCounts))
  }
  return checked(queues, 'GET /jobs')
}
