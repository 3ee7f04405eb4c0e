/** A backend that can fall off the network as after a power cut: connections to it are dropped in silence. Linux. */
import { connect, type Socket } from 'node:net'
import { Program } from './program.ts'

/** Answers pings, tells of each request, and never answers a prediction. */
const CODE = `
const server = require('node:http').createServer({ keepAlive: false }, (request, response) => {
  console.log(request.method, request.url)
  if (request.url === '/ping') response.setHeader('connection', 'close').end('pong')
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log('port', server.address().port))
`
/** More than a queue of one takes. */
const FILLERS = 6

export class DeafBackend {
  readonly program: Program
  readonly port: number
  readonly #fillers: Socket[] = []

  private constructor(program: Program, port: number) {
    this.program = program
    this.port = port
  }

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

  async stop(): Promise<void> {
    for (const filler of this.#fillers) filler.destroy()
    this.program.kill('SIGKILL')
    await this.program.ended
  }
}
