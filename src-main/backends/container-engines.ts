/** The container engines of this computer: their known sockets, and which of them has a container. */
import path from 'node:path'
import { homedir } from 'node:os'
import {
  ContainerEngine,
  EngineError,
  isPodmans,
  type ContainerAct,
  type ContainerReading,
  type ListedContainer,
} from './container-engine.ts'

export interface SocketLookup {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly env: NodeJS.ProcessEnv
}

/** Where engines listen, the usual one first. */
export function knownSockets({ platform, home, env }: SocketLookup): string[] {
  if (platform === 'win32')
    return [String.raw`\\.\pipe\docker_engine`, String.raw`\\.\pipe\podman-machine-default`]
  const atHome = (...parts: string[]): string => path.join(home, ...parts)
  if (platform === 'darwin') return ['/var/run/docker.sock', atHome('.docker', 'run', 'docker.sock')]
  const runtime = env['XDG_RUNTIME_DIR']
  // Of the user's own session: Docker without root, and Podman.
  const own =
    runtime === undefined || !path.isAbsolute(runtime)
      ? []
      : [path.join(runtime, 'docker.sock'), path.join(runtime, 'podman', 'podman.sock')]
  return [
    '/var/run/docker.sock',
    ...own,
    atHome('.docker', 'desktop', 'docker.sock'),
    '/run/podman/podman.sock',
  ]
}

/** A container that may be chosen. */
export interface FoundContainer extends ListedContainer {
  /** The socket of its engine. */
  readonly socket: string
}

/** Named so by Immich, whatever registry and tag it came from. */
const IMAGE = 'immich-machine-learning'

/** Whether a container runs Immich's machine learning: by its image, or by its name where the image has lost its own. */
export function isMachineLearning({ name, image }: ListedContainer): boolean {
  const repository = image.split('/').at(-1)?.split(/[:@]/)[0] ?? ''
  return (
    repository === IMAGE ||
    (/^(?:sha256:)?[0-9a-f]{12,}$/.test(image) && name.replaceAll('_', '-').includes(IMAGE))
  )
}

/**
 * The errors by how much they tell the user, the most useful first: an engine that exists but refuses access, before
 * one without the container.
 */
const TELLING: readonly string[] = [
  'ENGINE_NO_RIGHTS',
  'ENGINE_TIMEOUT',
  'ENGINE_FAILED',
  'CONTAINER_UNKNOWN',
]

interface Failed {
  readonly socket: string
  readonly error: EngineError
}

/**
 * The place in that order. Where Podman is installed, Debian and Fedora make the folder of root's Podman, closed to
 * others: a refusal there does not show that an engine listens.
 */
function placeOf({ socket, error: { code } }: Failed): number {
  const isClosedFolder = code === 'ENGINE_NO_RIGHTS' && isPodmans(socket)
  const at = TELLING.indexOf(code)
  return isClosedFolder ? TELLING.length : at === -1 ? TELLING.length + 1 : at
}

/** The error to show where no engine has what is wanted. */
export const mostTelling = (failed: readonly Failed[]): EngineError | undefined =>
  failed.toSorted((a, b) => placeOf(a) - placeOf(b))[0]?.error

/** A container and, where it was named by hand, the socket of its engine. */
export interface ContainerKey {
  readonly container: string
  readonly socket?: string | undefined
}

export interface EnginesOptions {
  /** The known sockets of this computer where they are absent. */
  readonly sockets?: readonly string[]
  readonly platform?: NodeJS.Platform
  readonly timeoutMs?: number
}

export class ContainerEngines {
  readonly #sockets: readonly string[]
  readonly #options: EnginesOptions
  readonly #engines = new Map<string, ContainerEngine>()
  /** The socket on which a container was found. */
  readonly #foundAt = new Map<string, string>()

  constructor(options: EnginesOptions = {}) {
    this.#options = options
    this.#sockets =
      options.sockets ?? knownSockets({ platform: process.platform, home: homedir(), env: process.env })
  }

  /**
   * The containers with Immich's machine learning, in all engines that answer.
   * @throws {EngineError} where none does: the most telling reason
   */
  async list(): Promise<FoundContainer[]> {
    const lists = await Promise.allSettled(
      this.#sockets.map(async (socket) => {
        const listed = await this.#engine(socket).list()
        return listed.filter(isMachineLearning).map((one) => ({ ...one, socket }))
      }),
    )
    const answered = lists.flatMap((list) => (list.status === 'fulfilled' ? [list.value] : []))
    if (answered.length === 0) throw this.#failure(lists)
    const all = answered.flat()
    // Two sockets may lead to one engine.
    return all.filter((one, index) => all.findIndex(({ name }) => name === one.name) === index)
  }

  /** @throws {EngineError} */
  async inspect(key: ContainerKey): Promise<ContainerReading> {
    const remembered = key.socket ?? this.#foundAt.get(key.container)
    if (remembered !== undefined) return await this.#inspectAt(key, remembered)
    const tried = await Promise.allSettled(
      this.#sockets.map((socket) => this.#engine(socket).inspect(key.container)),
    )
    const index = tried.findIndex(({ status }) => status === 'fulfilled')
    const found = tried[index]
    const socket = this.#sockets[index]
    if (found?.status !== 'fulfilled' || socket === undefined) throw this.#failure(tried)
    this.#foundAt.set(key.container, socket)
    return found.value
  }

  /** @throws {EngineError} */
  async act(what: ContainerAct, key: ContainerKey): Promise<void> {
    if (key.socket === undefined && !this.#foundAt.has(key.container)) await this.inspect(key)
    const socket = key.socket ?? this.#foundAt.get(key.container)
    if (socket === undefined)
      throw new EngineError('CONTAINER_UNKNOWN', `There is no container ${key.container}`)
    try {
      await this.#engine(socket).act(what, key.container)
    } catch (error) {
      this.#foundAt.delete(key.container)
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#engines.values()].map((engine) => engine.close()))
  }

  async #inspectAt({ container }: ContainerKey, socket: string): Promise<ContainerReading> {
    try {
      return await this.#engine(socket).inspect(container)
    } catch (error) {
      // It may be in another engine next time.
      this.#foundAt.delete(container)
      throw error
    }
  }

  #engine(socket: string): ContainerEngine {
    const known = this.#engines.get(socket)
    if (known !== undefined) return known
    const made = new ContainerEngine({ ...this.#options, socket })
    this.#engines.set(socket, made)
    return made
  }

  #failure(results: readonly PromiseSettledResult<unknown>[]): Error {
    const failed = results.flatMap((result, index) =>
      result.status === 'rejected'
        ? [{ socket: this.#sockets[index] ?? '', error: result.reason as unknown }]
        : [],
    )
    const known = failed.flatMap(({ socket, error }) =>
      error instanceof EngineError ? [{ socket, error }] : [],
    )
    const other = failed.find(({ error }) => !(error instanceof EngineError))?.error
    return (
      (other as Error | undefined) ??
      mostTelling(known) ??
      new EngineError(
        'ENGINE_NOT_RUNNING',
        'No container engine was found on this computer; install Docker or Podman',
      )
    )
  }
}
