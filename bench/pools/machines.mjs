// Simulated machines: each takes its requests in, works on as many at a time as it has slots, first come first served,
// and can be told to slow down, to die and to come back. Ends of work are planned on the machine's own clock, so that a
// late timer delays one answer and not all that come after it.
import { createServer } from 'node:http'

/**
 * The real backend closes a connection that was idle for so long; requests of this benchmark are never that far apart.
 */
const IDLE_MS = 2_000
const ANSWER = JSON.stringify({
  clip: `[${'0.0123456,'.repeat(511)}0.1]`,
  imageHeight: 960,
  imageWidth: 1440,
})

/**
 * @typedef {{ name: string, port: number, slots: number, imageMs: number, coldMs: number, jitter: number,
 *   slowFactor: number }} MachineOptions
 */

class Machine {
  /** @param {MachineOptions} options */
  constructor(options) {
    this.options = options
    this.slowness = 1
    this.isCold = false
    this.readyAt = 0
    this.served = 0
    /** When each slot is free again. @type {number[]} */
    this.freeAt = Array.from({ length: options.slots }, () => 0)
    /** @type {Set<import('node:net').Socket>} */
    this.sockets = new Set()
    /** @type {Set<NodeJS.Timeout>} */
    this.timers = new Set()
    this.life = 0
    /** @type {import('node:http').Server | undefined} */
    this.server = undefined
  }

  get isAlive() {
    return this.server !== undefined
  }

  /** @returns {Promise<void>} */
  listen() {
    const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) =>
      this.answer(request, response),
    )
    server.on('connection', (socket) => {
      this.sockets.add(socket)
      // The machine continues although the client went away.
      socket.on('error', () => undefined)
      socket.once('close', () => this.sockets.delete(socket))
    })
    this.server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.options.port, '127.0.0.1', () => resolve())
    })
  }

  /** Every connection is reset and nobody listens any more. */
  die() {
    const { server } = this
    if (server === undefined) return
    this.server = undefined
    this.life++
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
    for (const socket of this.sockets) socket.resetAndDestroy()
    server.close()
    this.freeAt.fill(0)
  }

  async comeBack() {
    if (this.isAlive) return
    this.isCold = true
    await this.listen()
  }

  /** Resets the machine to its initial state. */
  async reset() {
    if (!this.isAlive) await this.listen()
    this.slowness = 1
    this.isCold = false
    this.readyAt = 0
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  answer(request, response) {
    if (request.url === '/ping') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('pong')
      return
    }
    const { life } = this
    let isText = false
    let isFirst = true
    request.on('data', (/** @type {Buffer} */ chunk) => {
      if (isFirst) isText = chunk.subarray(0, 1_000).includes('"textual"')
      isFirst = false
    })
    request.once('end', () => this.work(isText, life, response))
  }

  /**
   * @param {boolean} isText
   * @param {number} life
   * @param {import('node:http').ServerResponse} response
   */
  work(isText, life, response) {
    if (life !== this.life) return
    const { imageMs, coldMs, jitter } = this.options
    const now = performance.now()
    if (this.isCold) {
      this.isCold = false
      this.readyAt = now + coldMs
    }
    const slot = this.freeAt.indexOf(Math.min(...this.freeAt))
    const begin = Math.max(now, this.freeAt[slot] ?? 0, this.readyAt)
    const end = begin + imageMs * this.slowness * (isText ? 0.5 : 1) * (1 + (Math.random() * 2 - 1) * jitter)
    this.freeAt[slot] = end
    const timer = setTimeout(
      () => {
        this.timers.delete(timer)
        this.served++
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length })
        response.end(ANSWER)
      },
      Math.round(end - now),
    )
    this.timers.add(timer)
  }
}

/** @type {{ control: number, machines: MachineOptions[] }} */
const { control, machines: options } = JSON.parse(process.argv[2] ?? '{}')
const machines = new Map(options.map((each) => [each.name, new Machine(each)]))

/**
 * @param {string} name
 * @param {string} kind
 */
async function change(name, kind) {
  const machine = machines.get(name)
  if (machine === undefined) throw new Error(`No machine is called ${name}`)
  if (kind === 'slow') machine.slowness = machine.options.slowFactor
  else if (kind === 'normal') machine.slowness = 1
  else if (kind === 'die') machine.die()
  else if (kind === 'return') await machine.comeBack()
  else if (kind === 'reset') await machine.reset()
  else throw new Error(`Unknown change ${kind}`)
}

for (const machine of machines.values()) await machine.listen()
createServer((request, response) => {
  const [, name = '', kind = ''] = (request.url ?? '').split('/')
  if (name === 'ping') {
    response.end('pong')
    return
  }
  change(name, kind).then(
    () => response.end('done'),
    (/** @type {unknown} */ error) => response.writeHead(500).end(String(error)),
  )
}).listen(control, '127.0.0.1')
