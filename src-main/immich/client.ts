/** The client of Immich's API: reads, pauses and resumes the queues that send images here, with an admin's key. */
import type { Pool as PoolType } from 'undici'
import type * as z from 'zod'
import { Pool, requestOn } from '../platform/undici.ts'
import {
  parseJob,
  parseJobs,
  parseQueue,
  parseQueues,
  permissionsSchema,
  machineLearningOf,
  settingsSchema,
  type MachineLearning,
  versionSchema,
  type QueueReading,
  type Queues,
} from './answers.ts'
import { ImmichError, notImmich, refused, timedOut, tooOld, unreachable } from './errors.ts'
import { IMMICH_CALL_TIMEOUT_MS, IMMICH_CONNECT_TIMEOUT_MS, MAX_IMMICH_ANSWER_BYTES } from './limits.ts'

/** The two forms of the API for queues: since v2.4, and before. */
export type ApiForm = 'queues' | 'jobs'

/** Whether a version, as "2.5.1", is this one or a later one. */
function isSince(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

/** The permissions that a key needs for all that the guard does, by the version of Immich. */
export function neededPermissions(version: string): string[] {
  const queues = isSince(version, 2, 4) ? ['queue.read', 'queue.update'] : ['job.read']
  return [...queues, 'job.create', isSince(version, 3, 2) ? 'adminConfig.read' : 'systemConfig.read']
}

interface Answer {
  readonly status: number
  readonly json: unknown
}

export interface CallOptions {
  /** Milliseconds for the whole call; {@link IMMICH_CALL_TIMEOUT_MS} by default. */
  timeoutMs?: number | undefined
}

export interface ImmichClientOptions {
  url: string
  apiKey: string
}

/** The error text of an answer. It is compared and never shown. */
function messageOf(json: unknown): string {
  if (typeof json !== 'object' || json === null || !('message' in json)) return ''
  return typeof json.message === 'string' ? json.message : ''
}

/**
 * Owns the connections to one Immich. Every call has a time limit and an answer of limited size, and fails with an
 * {@link ImmichError} alone; the key is in no error.
 */
export class ImmichClient {
  readonly #pool: PoolType
  readonly #prefix: string
  readonly #apiKey: string
  #form: ApiForm | undefined

  constructor({ url, apiKey }: ImmichClientOptions) {
    const parsed = new URL(url)
    // Users may have copied the address of the API itself.
    this.#prefix = `${parsed.pathname.replace(/\/+$/, '').replace(/\/api$/, '')}/api`
    this.#apiKey = apiKey
    this.#pool = new Pool(parsed.origin, {
      connect: { timeout: IMMICH_CONNECT_TIMEOUT_MS, autoSelectFamily: true },
      // The limit of the whole call replaces both.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** Which form of the API answered, or undefined before {@link queues} was asked. */
  get form(): ApiForm | undefined {
    return this.#form
  }

  /**
   * The version, for example "2.5.1". Needs no key, and sends none.
   * @throws {ImmichError}
   */
  async version(options: CallOptions = {}): Promise<string> {
    const answer = await this.#call('GET', '/server/version', { ...options, withoutKey: true })
    if (answer.status === 404) throw tooOld('GET /server/version')
    const { major, minor, patch } = this.#read(versionSchema, answer, 'GET /server/version')
    return `${major}.${minor}.${patch}`
  }

  /**
   * All queues by name, in whichever form of the API answers. Needs `queue.read`, before v2.4 `job.read`.
   * @throws {ImmichError}
   */
  async queues(options: CallOptions = {}): Promise<Queues> {
    if (this.#form !== 'jobs') {
      const answer = await this.#call('GET', '/queues', options)
      if (answer.status !== 404) {
        const queues = parseQueues(this.#accepted(answer, 'GET /queues'))
        this.#form = 'queues'
        return queues
      }
    }
    const answer = await this.#call('GET', '/jobs', options)
    if (answer.status === 404) {
      // The older form answered before; an update of Immich may have changed that.
      this.#form = undefined
      throw tooOld('GET /queues and GET /jobs')
    }
    const queues = parseJobs(this.#accepted(answer, 'GET /jobs'))
    this.#form = 'jobs'
    return queues
  }

  /**
   * Pauses or resumes a queue at once; active jobs go on. Needs `queue.update`, before v2.4 `job.create`.
   * @returns the state of the queue now, where Immich's answer contains it
   * @throws {ImmichError}
   */
  async setPaused(
    name: string,
    isPaused: boolean,
    options: CallOptions = {},
  ): Promise<QueueReading | undefined> {
    if (this.#form === undefined) await this.queues(options)
    if (this.#form === 'jobs') {
      return parseJob(await this.#command(name, isPaused ? 'pause' : 'resume', options))
    }
    const answer = await this.#call('PUT', `/queues/${name}`, { ...options, body: { isPaused } })
    // Another version of Immich runs there now, so the form of its API is detected again.
    if (answer.status === 404) this.#form = undefined
    return parseQueue(this.#accepted(answer, `PUT /queues/${name}`))
  }

  /**
   * Makes Immich queue all images without a result (*Missing* on its page). Needs `job.create`.
   * @throws {ImmichError} IMMICH_BUSY while a job of the queue is active
   */
  async startMissing(name: string, options: CallOptions = {}): Promise<void> {
    await this.#command(name, 'start', options)
  }

  /**
   * The machine-learning URLs and models in Immich's settings. Needs `adminConfig.read`, before v3.2 `systemConfig.read`.
   * @throws {ImmichError}
   */
  async machineLearning(options: CallOptions = {}): Promise<MachineLearning> {
    for (const path of ['/admin/config', '/system-config']) {
      const answer = await this.#call('GET', path, options)
      if (answer.status === 404) continue
      return machineLearningOf(this.#read(settingsSchema, answer, `GET ${path}`))
    }
    throw tooOld('GET /system-config')
  }

  /**
   * The names of the key's permissions; undefined where this version of Immich does not tell them.
   * @throws {ImmichError} where the key is wrong or Immich does not answer
   */
  async permissions(options: CallOptions = {}): Promise<readonly string[] | undefined> {
    const answer = await this.#call('GET', '/api-keys/me', options)
    if (answer.status === 401) this.#accepted(answer, 'GET /api-keys/me')
    const read = permissionsSchema.safeParse(answer.json)
    return answer.status === 200 && read.success ? read.data.permissions : undefined
  }

  /** Ends the calls under way and closes the connections. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  /**
   * Sends a command to a queue. All commands go through here. `force` is never anything but false: true deletes all
   * vectors or faces of the library, and older versions do so where it is left out.
   */
  async #command(
    name: string,
    command: 'start' | 'pause' | 'resume',
    options: CallOptions,
  ): Promise<unknown> {
    const answer = await this.#call('PUT', `/jobs/${name}`, { ...options, body: { command, force: false } })
    return this.#accepted(answer, `PUT /jobs/${name}`)
  }

  /** The JSON of a successful answer. */
  #accepted({ status, json }: Answer, call: string): unknown {
    if (status >= 300 && status < 400) throw notImmich(`${call} was answered with ${status}, a redirect`)
    if (status === 404) throw tooOld(call)
    if (status >= 400) throw refused(status, messageOf(json), call)
    if (json === undefined) throw notImmich(`${call} was not answered with JSON`)
    return json
  }

  #read<T>(schema: z.ZodType<T>, answer: Answer, call: string): T {
    const result = schema.safeParse(this.#accepted(answer, call))
    if (result.success) return result.data
    throw notImmich(`${call} was answered in another form`)
  }

  async #call(
    method: 'GET' | 'PUT',
    path: string,
    {
      timeoutMs = IMMICH_CALL_TIMEOUT_MS,
      body,
      withoutKey = false,
    }: CallOptions & { body?: object; withoutKey?: boolean },
  ): Promise<Answer> {
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), timeoutMs)
    try {
      const response = await requestOn(this.#pool, {
        method,
        path: this.#prefix + path,
        headers: {
          accept: 'application/json',
          ...(withoutKey ? {} : { 'x-api-key': this.#apiKey }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: limit.signal,
        // No keep-alive: calls are seconds apart, and Immich often closes an idle connection just when it is used
        // again.
        reset: true,
      })
      return { status: response.statusCode, json: await readJson(response.body) }
    } catch (error) {
      if (error instanceof ImmichError) throw error
      throw limit.signal.aborted ? timedOut(timeoutMs) : unreachable(error)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The JSON of a body of limited size; undefined where it is not JSON. */
async function readJson(body: AsyncIterable<unknown> & { destroy(): unknown }): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue
    length += chunk.length
    if (length > MAX_IMMICH_ANSWER_BYTES) {
      body.destroy()
      throw notImmich(`its answer is larger than ${MAX_IMMICH_ANSWER_BYTES / 1024 / 1024} MB`)
    }
    chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  }
  try {
    return JSON.parse(Buffer.concat(chunks, length).toString('utf8')) as unknown
  } catch {
    // The body is empty or HTML; the status alone tells what went wrong.
    return undefined
  }
}
