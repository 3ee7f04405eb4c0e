/**
 * The API of a container engine (Docker, Docker Desktop, Podman) on its socket. Access to the socket is as good as root
 * on this computer, so {@link engineRequest} makes every request that is ever sent there: the list of containers, and
 * for one container inspect, start, stop and restart. Nothing is created, pulled or run.
 */
import type { Pool as PoolType } from 'undici'
import * as z from 'zod'
import { containerProblem } from '../../src-shared/config/manage-schema.ts'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import { Pool, requestOn } from '../platform/undici.ts'
import {
  ENGINE_CALL_TIMEOUT_MS,
  ENGINE_CONNECT_TIMEOUT_MS,
  ENGINE_STOP_SECONDS,
  MAX_ENGINE_ANSWER_BYTES,
  MAX_ENGINE_MESSAGE_CHARS,
} from './limits.ts'

export type ContainerAct = 'start' | 'stop' | 'restart'

export type EngineCall =
  { readonly what: 'list' } | { readonly what: 'inspect' | ContainerAct; readonly container: string }

export interface EngineRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
}

/**
 * The request of a call (Docker Engine API, https://docs.docker.com/reference/api/engine/; Podman answers the same).
 * The path has no version, so the engine uses its own.
 * @throws {AppError} CONTAINER_NAME (400), for what is no name of a container
 */
export function engineRequest(call: EngineCall): EngineRequest {
  if (call.what === 'list') return { method: 'GET', path: '/containers/json?all=1' }
  const problem = containerProblem(call.container)
  if (problem !== undefined) throw new AppError('CONTAINER_NAME', 400, `manage.container ${problem}`)
  const path = `/containers/${call.container}`
  switch (call.what) {
    case 'inspect':
      return { method: 'GET', path: `${path}/json` }
    case 'start':
      return { method: 'POST', path: `${path}/start` }
    case 'stop':
    case 'restart':
      return { method: 'POST', path: `${path}/${call.what}?t=${ENGINE_STOP_SECONDS}` }
  }
}

export type EngineErrorCode =
  'ENGINE_NOT_RUNNING' | 'ENGINE_NO_RIGHTS' | 'ENGINE_TIMEOUT' | 'ENGINE_FAILED' | 'CONTAINER_UNKNOWN'

/** A call of an engine that failed, in words that say what to do. */
export class EngineError extends AppError {
  declare readonly code: EngineErrorCode

  constructor(code: EngineErrorCode, message: string) {
    super(code, code === 'CONTAINER_UNKNOWN' ? 404 : 502, message)
    this.name = 'EngineError'
  }
}

/** An engine's answer about one container. */
export interface ContainerReading {
  readonly isRunning: boolean
  /** As it was given to the engine, with its tag. */
  readonly image: string
}

/** One line of an engine's list. */
export interface ListedContainer {
  readonly name: string
  readonly image: string
  /** As the engine says it: "running", "exited", "created", "paused". */
  readonly state: string
}

const inspectSchema = z.object({
  State: z.object({ Status: z.string().optional(), Running: z.boolean().optional() }),
  Config: z.object({ Image: z.string() }),
})
/** Docker lists a container that is being removed with `"Names": null`. */
const listSchema = z.array(
  z.object({ Names: z.array(z.string()).nullable(), Image: z.string(), State: z.string() }),
)

const NOT_RUNNING: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  win32: 'start Docker Desktop',
  darwin: 'start Docker Desktop',
}

function notRunning(socket: string, platform: NodeJS.Platform): EngineError {
  const advice = NOT_RUNNING[platform] ?? 'start Docker or Podman (sudo systemctl start docker)'
  return new EngineError('ENGINE_NOT_RUNNING', `No container engine answers at ${socket}; ${advice}`)
}

/** Whether a socket is Podman's, by its path. */
export const isPodmans = (socket: string): boolean => socket.includes('podman')

function rightsAdvice(socket: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return 'add your user to the group docker-users, then log out and in again'
  // Podman has no group: a user's own engine runs that user's containers.
  if (isPodmans(socket))
    return 'it is another user’s: run the container as your own user (systemctl --user enable --now podman.socket)'
  return 'sudo usermod -aG docker $USER, then log out and in again'
}

function noRights(socket: string, platform: NodeJS.Platform): EngineError {
  const advice = rightsAdvice(socket, platform)
  return new EngineError('ENGINE_NO_RIGHTS', `This program may not use ${socket}; ${advice}`)
}

/** Why a connection to a socket failed. */
export function connectError(error: unknown, socket: string, platform: NodeJS.Platform): EngineError {
  const code = errorCode(error)
  if (code === 'EACCES' || code === 'EPERM') return noRights(socket, platform)
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') return notRunning(socket, platform)
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || (error instanceof Error && error.name === 'TimeoutError')) {
    return new EngineError('ENGINE_TIMEOUT', `The container engine at ${socket} does not answer; restart it`)
  }
  return new EngineError('ENGINE_FAILED', `The container engine at ${socket} failed: ${errorText(error)}`)
}

/** The message of the engine, for failures that only the engine can explain: a missing GPU, a port that is taken. */
function messageOf(text: string): string {
  let message = ''
  try {
    const parsed = z.object({ message: z.string() }).safeParse(JSON.parse(text))
    message = parsed.success ? parsed.data.message : ''
  } catch {
    // Not JSON: the answer of a proxy or another program, which would not help the user.
  }
  return message.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_ENGINE_MESSAGE_CHARS)
}

interface Answer {
  readonly status: number
  readonly text: string
}

export interface ContainerEngineOptions {
  readonly socket: string
  readonly platform?: NodeJS.Platform
  /** Of each call; {@link ENGINE_CALL_TIMEOUT_MS} where it is absent. */
  readonly timeoutMs?: number
}

export class ContainerEngine {
  readonly socket: string
  readonly #platform: NodeJS.Platform
  readonly #timeoutMs: number
  readonly #pool: PoolType

  constructor({
    socket,
    platform = process.platform,
    timeoutMs = ENGINE_CALL_TIMEOUT_MS,
  }: ContainerEngineOptions) {
    this.socket = socket
    this.#platform = platform
    this.#timeoutMs = timeoutMs
    this.#pool = new Pool('http://localhost', {
      connect: { socketPath: socket, timeout: ENGINE_CONNECT_TIMEOUT_MS },
      // One limit for the whole call stands for both.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: MAX_ENGINE_ANSWER_BYTES,
    })
  }

  /** @throws {EngineError} */
  async list(): Promise<ListedContainer[]> {
    const { text } = this.#accepted(await this.#send({ what: 'list' }), undefined)
    return this.#read(listSchema, text).flatMap(({ Names, Image, State }) => {
      const name = Names?.[0]?.replace(/^\//, '') ?? ''
      return name === '' ? [] : [{ name, image: Image, state: State }]
    })
  }

  /** @throws {EngineError} CONTAINER_UNKNOWN and others */
  async inspect(container: string): Promise<ContainerReading> {
    const { text } = this.#accepted(await this.#send({ what: 'inspect', container }), container)
    const { State, Config } = this.#read(inspectSchema, text)
    return { isRunning: State.Running ?? State.Status === 'running', image: Config.Image }
  }

  /**
   * Resolves when it is done, at once where the container is in that state already. @throws {EngineError}
   * CONTAINER_UNKNOWN and others
   */
  async act(what: ContainerAct, container: string): Promise<void> {
    this.#accepted(await this.#send({ what, container }), container)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #send(call: EngineCall): Promise<Answer> {
    const { method, path } = engineRequest(call)
    try {
      const { statusCode, body } = await requestOn(this.#pool, {
        method,
        path,
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
      return { status: statusCode, text: await body.text() }
    } catch (error) {
      throw connectError(error, this.socket, this.#platform)
    }
  }

  /** 304: it was so already. */
  #accepted(answer: Answer, container: string | undefined): Answer {
    const { status, text } = answer
    if ((status >= 200 && status < 300) || status === 304) return answer
    const said = messageOf(text)
    if (status === 404 && container !== undefined) {
      throw new EngineError(
        'CONTAINER_UNKNOWN',
        `There is no container ${container} in the engine at ${this.socket}; choose one of its list`,
      )
    }
    const words = said === '' ? '' : `: ${said}`
    throw new EngineError(
      'ENGINE_FAILED',
      `The container engine at ${this.socket} answered ${status}${words}`,
    )
  }

  #read<T>(schema: z.ZodType<T>, text: string): T {
    try {
      return schema.parse(JSON.parse(text))
    } catch {
      throw new EngineError('ENGINE_FAILED', `What answers at ${this.socket} is no container engine`)
    }
  }
}
