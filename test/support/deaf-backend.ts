/** A backend that can go silent as after a power cut: its system drops new connections without an answer. Linux only. */
import { connect, type Socket } from 'node:net'
import { Program } from './program.ts'

/** A server that prints each request, answers pings, and never answers a prediction. */
const CODE = `
const server = require('node:http').createServer({ keepAlive: false }, (request, response) => {
  console.log(request.method, request.url)
  if (request.url === '/ping') response.setHeader('connection', 'close').end('pong')
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log('port', server.address().port))
`
/** Connections that fill the queue of a server with `backlog: 1`. */
const FILLERS = 6

export class DeafBackend {
  readonly program: Program
  readonly port: number
  readonly #fillers: Socket[] = []

  private constructor(program: Program, port: number) {
    this.program = program
    this.port = port
  }

  /** Starts it; it answers pings until {@link deafen}. */
  static async start(): Promise<DeafBackend> {
    const program = new Program(process.execPath, ['-e', CODE])
    const [, port = ''] = await program.until(/port (\d+)/)
    return new DeafBackend(program, Number(port))
  }

  /** Stops the process and fills its queue of connections: the system drops further ones. */
  deafen(): void {
    this.program.kill('SIGSTOP')
    for (let index = 0; index < FILLERS; index++)
      this.#fillers.push(connect(this.port, '127.0.0.1').on('error', () => undefined))
  }

  /** Ends the process, a stopped one too. */
  async stop(): Promise<void> {
    for (const filler of this.#fillers) filler.destroy()
    this.program.kill('SIGKILL')
    await this.program.ended
  }
}
