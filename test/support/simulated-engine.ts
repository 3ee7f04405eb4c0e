/**
 * A container engine on a socket of its own that answers as Docker's API does, with containers that run simulated
 * backends. It knows the five calls that may be sent to it; everything else is noted as refused.
 */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface SimulatedContainer {
  readonly name: string
  image: string
  state: 'running' | 'exited' | 'created'
  /** What runs in it: returns when it is up. Rejects as an engine does that cannot start it. */
  readonly up: () => Promise<unknown>
  readonly down: () => Promise<unknown>
}

interface EngineEvents {
  /** A call came, as "POST /containers/ml/start"; it is not answered yet. */
  call: [call: string]
}

export class SimulatedEngine extends EventEmitter<EngineEvents> {
  readonly socket: string
  readonly containers: SimulatedContainer[] = []
  /** All calls in order. */
  readonly calls: string[] = []
  readonly refused: string[] = []
  /** Answers every start with 500 and this message. */
  startProblem: string | undefined
  /** Never answers. */
  isHung = false
  /** Lists a container that is being removed, as Docker does. */
  isRemoving = false
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  constructor(socket: string) {
    super()
    this.socket = socket
  }

  /** How often a call came, by its end. */
  count(call: string): number {
    return this.calls.filter((one) => one.endsWith(call)).length
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      void this.#answer(request, response)
    })
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.listen(this.socket)
    await once(server, 'listening')
    this.#server = server
    return this
  }

  /** Ends as a Docker that is quit. Containers end with it. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    server.close()
    await once(server, 'close')
    for (const container of this.containers) await this.#down(container)
  }

  /** As its user does in Docker. */
  async stopByUser(name: string): Promise<void> {
    const container = this.#find(name)
    if (container !== undefined) await this.#down(container)
  }

  #find(name: string): SimulatedContainer | undefined {
    return this.containers.find((one) => one.name === name)
  }

  async #up(container: SimulatedContainer): Promise<void> {
    await container.up()
    container.state = 'running'
  }

  async #down(container: SimulatedContainer): Promise<void> {
    if (container.state !== 'running') return
    container.state = 'exited'
    await container.down()
  }

  async #answer({ method = '', url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = `${method} ${url}`
    this.calls.push(call)
    this.emit('call', call)
    if (this.isHung) return
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (call === 'GET /containers/json?all=1') {
      json(200, [...this.containers.map(listed), ...(this.isRemoving ? [REMOVED] : [])])
      return
    }
    const [, name = '', what = ''] =
      /^(?:GET|POST) \/containers\/([^/?]+)\/(json|start|stop\?t=10|restart\?t=10)$/.exec(call) ?? []
    if (what === '' || (what === 'json') !== (method === 'GET')) {
      this.refused.push(call)
      json(404, { message: 'page not found' })
      return
    }
    const container = this.#find(name)
    if (container === undefined) {
      json(404, { message: `No such container: ${name}` })
      return
    }
    if (what === 'json') {
      json(200, inspected(container))
      return
    }
    await this.#act(what, container, response, json)
  }

  async #act(
    what: string,
    container: SimulatedContainer,
    response: ServerResponse,
    json: (status: number, body: unknown) => void,
  ): Promise<void> {
    const wasRunning = container.state === 'running'
    try {
      if (what !== 'start') await this.#down(container)
      if (!what.startsWith('stop')) {
        if (this.startProblem !== undefined) throw new Error(this.startProblem)
        if (what !== 'start' || !wasRunning) await this.#up(container)
      }
      const isDone = what === 'start' ? wasRunning : what.startsWith('stop') && !wasRunning
      response.writeHead(isDone ? 304 : 204).end()
    } catch (error) {
      json(500, { message: error instanceof Error ? error.message : String(error) })
    }
  }
}

const REMOVED: unknown = { Id: 'cd34'.repeat(16), Names: null, Image: 'postgres:16', State: 'removing' }

const listed = ({ name, image, state }: SimulatedContainer): unknown => ({
  Id: 'ab12'.repeat(16),
  Names: [`/${name}`],
  Image: image,
  State: state,
  Status: state === 'running' ? 'Up 3 minutes' : 'Exited (0) 2 hours ago',
})

const inspected = ({ name, image, state }: SimulatedContainer): unknown => ({
  Id: 'ab12'.repeat(16),
  Name: `/${name}`,
  State: { Status: state, Running: state === 'running' },
  Config: { Image: image },
})
