/** A client of `GET /api/events`. */
import { EventEmitter, once } from 'node:events'

export interface ServerEvent {
  readonly event: string
  readonly data: unknown
}

export class EventStream {
  /** Everything received, in order. */
  readonly events: ServerEvent[] = []
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>
  readonly #abort = new AbortController()
  readonly #arrived = new EventEmitter()

  private constructor(response: Response) {
    this.ended = this.#read(response)
  }

  /** @throws {Error} where the answer is no stream */
  static async open(url: string, init: RequestInit = {}): Promise<EventStream> {
    const response = await fetch(new URL('/api/events', url), init)
    if (!response.ok) throw new Error(`no events: ${response.status}`)
    return new EventStream(response)
  }

  /** The first event from index `from` on that has this name and fits; waits for it where it has not come. */
  async next<T = unknown>(event: string, fits: (data: T) => boolean = () => true, from = 0): Promise<T> {
    for (;;) {
      const found = this.events.slice(from).find((one) => one.event === event && fits(one.data as T))
      if (found !== undefined) return found.data as T
      await once(this.#arrived, 'event')
    }
  }

  close(): void {
    this.#abort.abort()
  }

  async #read(response: Response): Promise<void> {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    this.#abort.signal.addEventListener('abort', () => void reader?.cancel())
    let text = ''
    for (;;) {
      const part = await reader?.read()
      if (part === undefined || part.done) return
      text += part.value
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) this.#take(block)
    }
  }

  #take(block: string): void {
    const field = (name: string): string | undefined =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim()
    const event = field('event')
    const data = field('data')
    if (event === undefined || data === undefined) return
    this.events.push({ event, data: JSON.parse(data) as unknown })
    this.#arrived.emit('event')
  }
}
