/**
 * Immich's server, as far as queues and machine learning are concerned: its API in both forms, keys and permissions,
 * and workers that send photos to its machine-learning URLs and swallow what fails (see `protocol.md` of the plan;
 * `queue.service.ts`, `machine-learning.repository.ts`, `auth.service.ts` of Immich).
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JOBS, predict } from './immich-client.ts'
import { readPhoto } from './photo.ts'
import { MemoryQueue, type Job, type JobCounts, type JobQueue } from './simulated-queue.ts'

/** What a photo needs of machine learning, by the queue that does it. */
const WORK = {
  smartSearch: { entries: JOBS.searchImage, task: 'clip' },
  faceDetection: { entries: JOBS.faces, task: 'facial-recognition' },
  ocr: { entries: JOBS.ocr, task: 'ocr' },
} as const

export type PhotoQueue = keyof typeof WORK
export type SimulatedQueueName = PhotoQueue | 'duplicateDetection'
const PHOTO_QUEUES = Object.keys(WORK) as PhotoQueue[]

export interface SimulatedKey {
  isAdmin: boolean
  /** `all`, or names as `queue.read`. */
  permissions: string[]
}

type Version = readonly [major: number, minor: number, patch: number]

export interface SimulatedImmichOptions {
  version?: Version
  /** The machine-learning URLs in its settings. */
  mlUrls?: string[]
  /** Jobs at once, of each queue; 2 as Immich's smart search has by default. */
  concurrency?: number
  keys?: Record<string, SimulatedKey>
  /** Makes the queues; in memory by default. */
  queueOf?: (name: SimulatedQueueName, concurrency: number) => JobQueue
}

export const ADMIN_KEY = 'the-key-of-an-admin'

/** How its API misbehaves. */
export type ImmichFault =
  | { kind: 'slow'; ms: number }
  | { kind: 'hang' }
  | { kind: 'status'; status: number; body?: string; headers?: Record<string, string> }
  /** Carries changes out, then closes the connection without an answer. */
  | { kind: 'no-answer' }

interface SeenCall {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly key: string | undefined
}

/** The same photo with a comment in it (JPEG, marker FFFE): another file that can be decoded all the same. */
function withComment(photo: Buffer, text: string): Buffer {
  const comment = Buffer.from(text)
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2])
  return Buffer.concat([photo.subarray(0, 2), head, comment, photo.subarray(2)])
}

class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export class SimulatedImmich {
  version: Version
  mlUrls: string[]
  readonly keys: Map<string, SimulatedKey>
  /** Its settings hold one `url`, as they did before there could be several. */
  isSingleUrl = false
  /** The models in its settings; versions before OCR have no `ocr`. */
  models: object = {
    clip: { enabled: true, modelName: JOBS.searchImage.clip.visual.modelName },
    facialRecognition: { enabled: true, modelName: JOBS.faces['facial-recognition'].detection.modelName },
    ocr: { enabled: true, modelName: JOBS.ocr.ocr.detection.modelName },
  }
  /** How the next answers of the API misbehave, or all of them. */
  fault: ImmichFault | ImmichFault[] | undefined
  /** The calls of its API, in order. */
  readonly calls: SeenCall[] = []
  /** Commands that would have deleted vectors or faces: `force` was anything but false. */
  readonly violations: unknown[] = []
  /** How often a photo was done, by queue and id. */
  readonly done: Record<PhotoQueue, Map<string, number>>
  /** Jobs whose error was swallowed: Immich itself does not count them. */
  lost = 0
  /** Called when a call has arrived, before anything is done for it. */
  onCall: (method: string, path: string) => void = () => undefined
  /** Called when a prediction failed for all URLs. */
  onLost: (queue: PhotoQueue) => void = () => undefined
  readonly queues: Record<SimulatedQueueName, JobQueue>
  readonly #photos = new Map<string, Buffer>()
  readonly #photo = readPhoto()
  #server: Server | undefined
  #port = 0
  #abort = new AbortController()

  constructor(options: SimulatedImmichOptions = {}) {
    this.version = options.version ?? [2, 5, 0]
    this.mlUrls = options.mlUrls ?? []
    this.keys = new Map(
      Object.entries(options.keys ?? { [ADMIN_KEY]: { isAdmin: true, permissions: ['all'] } }),
    )
    const { concurrency = 2, queueOf = (_name: string, count: number): JobQueue => new MemoryQueue(count) } =
      options
    this.queues = {
      smartSearch: queueOf('smartSearch', concurrency),
      faceDetection: queueOf('faceDetection', concurrency),
      ocr: queueOf('ocr', concurrency),
      duplicateDetection: queueOf('duplicateDetection', 1),
    }
    this.done = { smartSearch: new Map(), faceDetection: new Map(), ocr: new Map() }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Starts the API and the workers; after a {@link stop} on the same port, with the queues as they were. */
  async start(): Promise<this> {
    this.#abort = new AbortController()
    this.#server = createServer((request, response) => {
      // A connection may end in the middle of a call, also by stop(); that is no error.
      this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
    for (const name of PHOTO_QUEUES) await this.queues[name].work((job) => this.#run(name, job))
    // The duplicate search compares vectors and sends no requests.
    await this.queues.duplicateDetection.work(() => Promise.resolve())
    return this
  }

  /** Ends the API and the workers in the middle of their jobs. What is in the queues stays, as in Redis. */
  async stop(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.stop()))
    this.#abort.abort()
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    await this.stop()
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()))
  }

  /** Adds so many photos, and jobs for them, as an upload does. */
  async upload(count: number, queues: readonly PhotoQueue[] = ['smartSearch']): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, index) => `photo-${this.#photos.size + index}`)
    for (const id of ids) this.#photos.set(id, withComment(this.#photo, id))
    for (const queue of queues) await this.queues[queue].add(ids.map((id) => ({ kind: 'photo', id })))
    return ids
  }

  /** What an admin does on Immich's own page. */
  async adminPauses(queue: SimulatedQueueName): Promise<void> {
    await this.queues[queue].pause()
  }

  async adminResumes(queue: SimulatedQueueName): Promise<void> {
    await this.queues[queue].resume()
  }

  /** Pings its machine-learning URLs, as Immich does every 30 s. */
  async ping(): Promise<void> {
    await Promise.allSettled(this.mlUrls.map((url) => fetch(new URL('/ping', url))))
  }

  /** How many photos of a queue were done at all, and how many more than once. */
  tally(queue: PhotoQueue): { done: number; twice: number } {
    const counts = [...this.done[queue].values()]
    return { done: counts.length, twice: counts.filter((count) => count > 1).length }
  }

  /** How many calls went to a path with a method. */
  callsTo(method: string, path: string): SeenCall[] {
    return this.calls.filter((call) => call.method === method && call.path === path)
  }

  async #run(queue: PhotoQueue, job: Job): Promise<void> {
    if (job.kind === 'missing') {
      const missing = [...this.#photos.keys()].filter((id) => !this.done[queue].has(id))
      await this.queues[queue].add(missing.map((id) => ({ kind: 'photo', id })))
      return
    }
    const image = this.#photos.get(job.id)
    if (image === undefined) return
    const { signal } = this.#abort
    const isDone = await this.#predict(queue, image, signal)
    // A job that was under way at the stop runs again: it is neither done nor lost.
    if (signal.aborted) return
    if (isDone) this.done[queue].set(job.id, (this.done[queue].get(job.id) ?? 0) + 1)
    else {
      this.lost++
      this.onLost(queue)
    }
  }

  /** Asks one URL after the other, each once; whatever fails is swallowed. */
  async #predict(queue: PhotoQueue, image: Buffer, signal: AbortSignal): Promise<boolean> {
    const { entries, task } = WORK[queue]
    for (const url of this.mlUrls) {
      try {
        const response = await predict(url, entries, image, { signal })
        // The body of an error is never read.
        if (!response.ok) {
          await response.body?.cancel()
          continue
        }
        const answer = (await response.json()) as Record<string, unknown>
        // An answer without the task is stored as it is, and the photo counts as done.
        return Object.hasOwn(answer, task)
      } catch {
        if (signal.aborted) return false
      }
    }
    return false
  }

  #nextFault(): ImmichFault | undefined {
    return Array.isArray(this.fault) ? this.fault.shift() : this.fault
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    this.onCall(request.method ?? '', (request.url ?? '').replace(/^\/api/, ''))
    const fault = this.#nextFault()
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms))
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers })
      response.end(fault.body ?? '<html>simulated</html>')
      return
    }
    const text = Buffer.concat(chunks).toString('utf8')
    const [status, body] = await this.#handle(
      request,
      text === '' ? undefined : (JSON.parse(text) as unknown),
    )
    if (fault?.kind === 'no-answer' && request.method === 'PUT') {
      request.socket.destroy()
      return
    }
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify(body))
  }

  async #handle(request: IncomingMessage, body: unknown): Promise<[number, unknown]> {
    const method = request.method ?? ''
    const path = (request.url ?? '').replace(/^\/api/, '')
    const header = request.headers['x-api-key']
    const key = typeof header === 'string' ? header : undefined
    this.calls.push({ method, path, body, key })
    try {
      return [200, await this.#route(method, path, body, key)]
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return [error.status, { message: error.message, error: 'Simulated', statusCode: error.status }]
    }
  }

  #isSince(major: number, minor: number): boolean {
    const [ownMajor, ownMinor] = this.version
    return ownMajor > major || (ownMajor === major && ownMinor >= minor)
  }

  async #route(method: string, path: string, body: unknown, key: string | undefined): Promise<unknown> {
    const call = `${method} ${path}`
    const [major, minor, patch] = this.version
    if (call === 'GET /server/version') return { major, minor, patch }
    if (call === 'GET /api-keys/me' && this.#isSince(2, 0)) {
      return { id: '1', name: 'proxy', permissions: this.#known(key).permissions }
    }
    if (call === 'GET /admin/config' && this.#isSince(3, 2)) {
      this.#permit(key, 'adminConfig.read')
      return this.#settings()
    }
    if (call === 'GET /system-config' && !this.#isSince(3, 2)) {
      this.#permit(key, 'systemConfig.read')
      return this.#settings()
    }
    if (call === 'GET /queues' && this.#isSince(2, 4)) {
      this.#permit(key, 'queue.read')
      return Promise.all(this.#names().map((name) => this.#queueAnswer(name)))
    }
    if (call === 'GET /jobs') {
      this.#permit(key, 'job.read')
      const queues = await Promise.all(this.#names().map((name) => this.#legacyAnswer(name)))
      return Object.fromEntries(queues)
    }
    return this.#change(method, path, body, key)
  }

  async #change(method: string, path: string, body: unknown, key: string | undefined): Promise<unknown> {
    const [, group, name] = path.split('/')
    const known = this.#names().find((queue) => queue === name)
    const isCall = method === 'PUT' && (group === 'jobs' || (group === 'queues' && this.#isSince(2, 4)))
    if (!isCall) throw new Refused(404, `Cannot ${method} ${path}`)
    this.#permit(key, group === 'jobs' ? 'job.create' : 'queue.update')
    if (known === undefined) throw new Refused(400, 'Validation failed')
    if (group === 'queues') {
      const { isPaused } = body as { isPaused?: boolean }
      if (isPaused === true) await this.queues[known].pause()
      if (isPaused === false) await this.queues[known].resume()
      return this.#queueAnswer(known)
    }
    await this.#command(known, body)
    return (await this.#legacyAnswer(known))[1]
  }

  async #command(name: SimulatedQueueName, body: unknown): Promise<void> {
    const { command, force } = body as { command?: string; force?: boolean }
    if (force !== false) {
      this.violations.push(body)
      if (name !== 'duplicateDetection') this.done[name].clear()
    }
    const queue = this.queues[name]
    if (command === 'pause') await queue.pause()
    if (command === 'resume') await queue.resume()
    if (command !== 'start') return
    if ((await queue.counts()).active > 0) throw new Refused(400, 'Job is already running')
    await queue.add([{ kind: 'missing' }])
  }

  #names(): SimulatedQueueName[] {
    const names = Object.keys(this.queues) as SimulatedQueueName[]
    return names.filter((name) => name !== 'ocr' || this.#isSince(2, 2))
  }

  async #queueAnswer(name: SimulatedQueueName): Promise<object> {
    const queue = this.queues[name]
    return { name, isPaused: await queue.isPaused(), statistics: await queue.counts() }
  }

  async #legacyAnswer(name: SimulatedQueueName): Promise<[string, object]> {
    const queue = this.queues[name]
    const jobCounts: JobCounts = await queue.counts()
    return [
      name,
      { jobCounts, queueStatus: { isActive: jobCounts.active > 0, isPaused: await queue.isPaused() } },
    ]
  }

  #settings(): object {
    const urls = this.isSingleUrl ? { url: this.mlUrls[0] ?? '' } : { urls: this.mlUrls }
    return { machineLearning: { enabled: true, ...urls, ...this.models } }
  }

  #known(key: string | undefined): SimulatedKey {
    if (key === undefined) throw new Refused(401, 'Authentication required')
    const known = this.keys.get(key)
    if (known === undefined) throw new Refused(401, 'Invalid API key')
    return known
  }

  #permit(key: string | undefined, permission: string): void {
    const { isAdmin, permissions } = this.#known(key)
    if (!isAdmin) throw new Refused(403, 'Forbidden')
    if (permissions.includes('all') || permissions.includes(permission)) return
    throw new Refused(403, `Missing required permission: ${permission}`)
  }
}

export function startImmich(options: SimulatedImmichOptions = {}): Promise<SimulatedImmich> {
  return new SimulatedImmich(options).start()
}
