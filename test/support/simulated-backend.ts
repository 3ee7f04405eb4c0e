/**
 * A machine-learning backend as strict as the real one (immich_ml: `main.py`, `schemas.py`) but without a model: its
 * rules, status codes and shapes of answers are the same, and a test can have it fail in many ways.
 */
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import express, { type Express, type Request, type Response } from 'express'
import multer from 'multer'
import { imageSize, type Size } from './image-size.ts'

/** How `/predict` or `/ping` misbehaves. */
export type Fault =
  /** Answers normally once a promise is settled. */
  | { kind: 'held'; until: Promise<unknown> }
  | { kind: 'status'; status: number; body?: string; headers?: Record<string, string> }
  /** Accepts and never answers. */
  | { kind: 'hang' }
  /** Resets the connection before an answer. */
  | { kind: 'reset' }
  /** Closes it in order before an answer, as one that was idle. */
  | { kind: 'close' }
  /** Answers 200 with what is no JSON object. */
  | { kind: 'lie'; body: string; contentType?: string }
  /** Sends the headers and half of the body, then dies. */
  | { kind: 'half' }
  /** Sends the headers alone, then dies. */
  | { kind: 'headers-only' }
  /** One byte a second. */
  | { kind: 'drip' }
  /** A body that never ends. */
  | { kind: 'endless' }
  /** Announces so many bytes; sends 14. */
  | { kind: 'wrong-length'; announced: number }

export interface SeenPrediction {
  readonly headers: IncomingHttpHeaders
  readonly entries: Record<string, Record<string, { modelName: string; options?: Record<string, unknown> }>>
  readonly text: string | undefined
  readonly image: Buffer | undefined
}

export interface SimulatedBackendOptions {
  name?: string
  port?: number
  /** Numbers in an embedding; 512 by default. */
  dimensions?: number
  /** Milliseconds that each prediction takes. */
  durationMs?: number
}

type ModelRequest = { modelName: string; options?: Record<string, unknown> }
type Entries = SeenPrediction['entries']

class HttpError extends Error {
  readonly status: number
  readonly detail: unknown

  constructor(status: number, detail: unknown) {
    super(String(status))
    this.status = status
    this.detail = detail
  }
}

/** The real backend closes a connection that was idle for so long. */
const IDLE_TIMEOUT_MS = 2_000

/** What each task can do, and which type reads another's output. */
const TASKS: Readonly<
  Record<string, { types: readonly string[]; dependsOn: Readonly<Record<string, string>> }>
> = {
  clip: { types: ['visual', 'textual'], dependsOn: {} },
  'facial-recognition': { types: ['detection', 'recognition'], dependsOn: { recognition: 'detection' } },
  ocr: { types: ['detection', 'recognition'], dependsOn: { recognition: 'detection' } },
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** 422 as the real one answers for a missing or malformed `entries`, or a model without a name. */
function parseEntries(text: unknown, lenient: boolean): Entries {
  const invalid = new HttpError(422, [{ type: 'invalid', loc: ['body', 'entries'], msg: 'Invalid entries' }])
  if (typeof text !== 'string') throw invalid
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw invalid
  }
  if (!isObject(parsed)) throw invalid
  for (const types of Object.values(parsed)) {
    if (!isObject(types)) throw invalid
    for (const model of Object.values(types)) {
      if (!isObject(model) || (!lenient && typeof model['modelName'] !== 'string')) throw invalid
    }
  }
  return parsed as Entries
}

/** Numbers in [-1, 1] that follow from the input alone, as text, like the real one's embeddings. */
function embedding(seed: Buffer | string, dimensions: number): string {
  const numbers: string[] = []
  let block = createHash('sha256').update(seed).digest()
  for (let index = 0; index < dimensions; index++) {
    const at = (index * 2) % block.length
    if (index > 0 && at === 0) block = createHash('sha256').update(block).digest()
    numbers.push((block.readInt16LE(at) / 32768).toFixed(7))
  }
  return `[${numbers.join(',')}]`
}

/** A face's box in pixels; the shares are where the faces of `photo.jpg` are. */
function boxIn(
  { width, height }: Size,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): Record<string, number> {
  const at = (share: number, of: number): number => Math.round(share * of)
  return { x1: at(x1, width), y1: at(y1, height), x2: at(x2, width), y2: at(y2, height) }
}

interface BackendEvents {
  /** A ping came; it is not answered yet. */
  ping: []
  /** A prediction came whole; it is not answered yet. */
  prediction: []
}

/** A backend on loopback, as strict as the real one. */
export class SimulatedBackend extends EventEmitter<BackendEvents> {
  readonly name: string
  /** The predictions received, in order. */
  readonly seen: SeenPrediction[] = []
  pings = 0
  /** Connections ever opened to it. */
  accepted = 0
  /** Connections that it closed itself because they were idle. */
  idleTimeouts = 0
  /** In force until changed; a list is used up one per request. */
  predictFault: Fault | Fault[] | undefined
  pingFault: Fault | Fault[] | undefined
  /** Accepts entries without a model's name, as the curl examples of predict.test.ts send them. */
  lenient = false
  durationMs: number
  /** A photo that ends the worker: all connections are reset, and the next ones are taken by a new worker. */
  deadly: Buffer | undefined
  /** Predictions at work now, and the most there ever were. */
  active = 0
  mostActive = 0
  readonly #dimensions: number
  readonly #app: Express
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port: number

  constructor(options: SimulatedBackendOptions = {}) {
    super()
    this.name = options.name ?? 'backend'
    this.durationMs = options.durationMs ?? 0
    this.#dimensions = options.dimensions ?? 512
    this.#port = options.port ?? 0
    this.#app = this.#createApp()
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Open connections. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Listens, after {@link kill} on the same port again. */
  async start(): Promise<this> {
    // Closes idle connections as uvicorn does, without announcing it by a header as Node's server would.
    const server = createServer({ keepAliveTimeout: 0 }, this.#app)
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      socket.setTimeout(0)
      response.once('finish', () => socket.setTimeout(IDLE_TIMEOUT_MS))
    })
    server.on('connection', (socket) => {
      this.accepted++
      socket.on('timeout', () => this.idleTimeouts++)
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    return this
  }

  /** Behaves as a killed process: every connection is reset. The port can be used again by `start`. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    for (const socket of this.#sockets) socket.resetAndDestroy()
    server.close()
    await once(server, 'close')
  }

  /** Resets all connections and closes; as {@link kill}. */
  async stop(): Promise<void> {
    await this.kill()
  }

  #createApp(): Express {
    const app = express()
    app.disable('x-powered-by')
    const form = multer({ storage: multer.memoryStorage(), defParamCharset: 'utf8' }).fields([
      { name: 'image' },
    ])
    app.get('/', (_request, response) => {
      response.json({ message: 'Immich ML' })
    })
    app.get('/ping', (_request, response) => {
      this.pings++
      this.emit('ping')
      const fault = this.#next('pingFault')
      if (fault === undefined) response.type('text/plain').send('pong')
      else void this.#misbehave(fault, response, () => response.type('text/plain').send('pong'))
    })
    app.head('/ping', (_request, response) => {
      response.status(405).end()
    })
    app.post('/predict', form, (request, response) => {
      void this.#predict(request, response)
    })
    app.use((error: unknown, _request: Request, response: Response, _next: unknown) => {
      if (!response.headersSent) response.status(422).json({ detail: String(error) })
    })
    return app
  }

  #next(which: 'predictFault' | 'pingFault'): Fault | undefined {
    const fault = this[which]
    return Array.isArray(fault) ? fault.shift() : fault
  }

  async #predict(request: Request, response: Response): Promise<void> {
    this.active++
    this.mostActive = Math.max(this.mostActive, this.active)
    try {
      const fault = this.#next('predictFault')
      const { entries, text, image } = this.#read(request)
      this.seen.push({ headers: request.headers, entries, text, image })
      if (image !== undefined && this.deadly?.equals(image) === true) {
        for (const socket of this.#sockets) socket.resetAndDestroy()
        return
      }
      this.emit('prediction')
      if (this.durationMs > 0) await new Promise((resolve) => setTimeout(resolve, this.durationMs))
      const answer = (): void => void response.json(this.#run(entries, text, image))
      if (fault === undefined) answer()
      else await this.#misbehave(fault, response, answer)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      if (error.status === 500) response.status(500).type('text/plain').send('Internal Server Error')
      else response.status(error.status).json({ detail: error.detail })
    } finally {
      this.active--
    }
  }

  #read(request: Request): { entries: Entries; text: string | undefined; image: Buffer | undefined } {
    const fields = (request.body ?? {}) as Record<string, unknown>
    const files = request.files as Record<string, Express.Multer.File[]> | undefined
    const given = fields['entries']
    const entries = parseEntries(Array.isArray(given) ? given.at(-1) : given, this.lenient)
    const image = files?.['image']?.[0]?.buffer
    const text = typeof fields['text'] === 'string' ? fields['text'] : undefined
    if (image === undefined && (text === undefined || text === '')) {
      throw new HttpError(400, 'Either image or text must be provided')
    }
    return { entries, text, image }
  }

  #run(entries: Entries, text: string | undefined, image: Buffer | undefined): Record<string, unknown> {
    const size = image === undefined ? undefined : imageSize(image)
    if (image !== undefined && size === undefined) throw new HttpError(500, 'cannot decode image')
    const answer: [string, unknown][] = []
    for (const [task, types] of Object.entries(entries)) {
      const known = TASKS[task.replaceAll('_', '-')]
      if (known === undefined || !Object.hasOwn(TASKS, task.replaceAll('_', '-'))) {
        if (this.lenient) {
          answer.push([task, { by: this.name, types: Object.keys(types) }])
          continue
        }
        throw new HttpError(500, `unknown task ${task}`)
      }
      for (const type of Object.keys(types)) {
        if (!this.lenient && !known.types.includes(type)) throw new HttpError(500, `unknown type ${type}`)
        const needs = known.dependsOn[type]
        if (needs !== undefined && !Object.hasOwn(types, needs)) {
          throw new HttpError(400, `${type} depends on output of ${needs}`)
        }
      }
      answer.push([task, this.#answer(task.replaceAll('_', '-'), types, text, image, size)])
    }
    const dimensions = size === undefined ? {} : { imageHeight: size.height, imageWidth: size.width }
    return { ...Object.fromEntries(answer), ...dimensions }
  }

  #answer(
    task: string,
    types: Record<string, ModelRequest>,
    text: string | undefined,
    image: Buffer | undefined,
    size: Size = { width: 300, height: 200 },
  ): unknown {
    const of = image ?? text ?? ''
    if (task === 'clip') {
      // Of two plain values under one task the later one stands.
      const last = Object.keys(types).at(-1) === 'textual' ? (text ?? of) : of
      return embedding(last, this.#dimensions)
    }
    if (task === 'facial-recognition') {
      return [
        {
          boundingBox: boxIn(size, 0.249, 0.342, 0.348, 0.533),
          embedding: embedding(of, this.#dimensions),
          score: 0.91,
        },
        {
          boundingBox: boxIn(size, 0.485, 0.385, 0.571, 0.552),
          embedding: embedding(Buffer.concat([Buffer.from('2'), Buffer.from(of)]), this.#dimensions),
          score: 0.78,
        },
      ]
    }
    return {
      text: [`read by ${this.name}`, 'Grüße, 世界'],
      box: [0.701, 0.583, 0.91, 0.583, 0.91, 0.708, 0.701, 0.708, 0.1, 0.75, 0.5, 0.75, 0.5, 0.85, 0.1, 0.85],
      boxScore: [0.97, 0.88],
      textScore: [0.99, 0.93],
    }
  }

  async #misbehave(fault: Fault, response: ServerResponse, normally: () => void): Promise<void> {
    const { socket } = response.req
    switch (fault.kind) {
      case 'held':
        await fault.until
        if (!response.destroyed) normally()
        return
      case 'status':
        response.writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers })
        response.end(fault.body ?? `simulated ${fault.status}`)
        return
      case 'hang':
        await once(response, 'close')
        return
      case 'reset':
        socket.resetAndDestroy()
        return
      case 'close':
        socket.destroy()
        return
      case 'lie':
        response.writeHead(200, { 'content-type': fault.contentType ?? 'text/html' })
        response.end(fault.body)
        return
      case 'half':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
        response.write('{"clip":"[0.1,', () => socket.destroy())
        return
      case 'headers-only':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
        response.flushHeaders()
        setImmediate(() => socket.destroy())
        return
      case 'wrong-length':
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${fault.announced}\r\n\r\n{"clip":"[1]"}`,
        )
        return
      case 'drip':
        return this.#drip(response)
      case 'endless':
        return this.#endless(response)
    }
  }

  async #drip(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'application/json' })
    while (!response.destroyed) {
      response.write(' ')
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }

  async #endless(response: ServerResponse): Promise<void> {
    const megabyte = Buffer.alloc(1024 * 1024, 'x')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"clip":"')
    for (let sent = 0; sent < 2048 && !response.destroyed; sent++) {
      if (!response.write(megabyte)) {
        const either = new AbortController()
        const { signal } = either
        await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
        either.abort()
      }
    }
    response.destroy()
  }
}

/** Starts a backend on 127.0.0.1. */
export function startBackend(options: SimulatedBackendOptions = {}): Promise<SimulatedBackend> {
  return new SimulatedBackend(options).start()
}
