/** A client that sends bytes as they are, for what no HTTP library sends. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export class RawClient {
  readonly #socket: Socket
  /** Everything received, once the connection has ended. */
  readonly answer: Promise<string>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.answer = new Promise((resolve) => {
      let text = ''
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
      })
      // A reset after the answer is an end like any other.
      socket.on('error', () => resolve(text))
      socket.on('close', () => resolve(text))
    })
  }

  /** Opens a connection to a port of 127.0.0.1. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.once('end', () => socket.end())
    const client = new RawClient(socket)
    await once(socket, 'connect')
    return client
  }

  /** Sends bytes on a connection of its own and returns the first answer, see {@link firstAnswer}. */
  static async exchange(port: number, bytes: string | Buffer): Promise<string> {
    const client = await RawClient.connect(port)
    client.send(bytes)
    const text = await client.firstAnswer()
    client.close()
    return text
  }

  /** Sends bytes on a connection of its own and reads until the server closes it. */
  static async untilClosed(url: string, bytes: string): Promise<string> {
    const client = await RawClient.connect(Number(new URL(url).port))
    client.send(bytes)
    return client.answer
  }

  /** Sends bytes; nothing where the server has closed the connection. */
  send(bytes: string | Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  /** Sends bytes and ends this side of the connection. */
  sendLast(bytes: string): void {
    this.#socket.end(bytes)
  }

  /** The first answer as announced by its content-length; without one, all that came until the connection ended. */
  async firstAnswer(): Promise<string> {
    let text = ''
    const ended = this.answer.then(() => undefined)
    for (;;) {
      const [head, body] = text.split('\r\n\r\n')
      const length = /content-length: (\d+)/i.exec(head ?? '')?.[1]
      if (body !== undefined && length !== undefined && body.length >= Number(length)) return text
      const chunk = await Promise.race([once(this.#socket, 'data'), ended])
      if (chunk === undefined) return this.answer
      text += (chunk as [Buffer])[0].toString('latin1')
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}
