/** The machines of one shape, in a process of their own, and what is done to them. */
import path from 'node:path'
import { GAME_FACTOR, type Change, type Shape } from '../../test/support/simulation/shapes.ts'
import { freePort, type Running, type Stage } from '../stage.ts'

const PROGRAM = path.join(import.meta.dirname, 'machines.mjs')

/** The machines of a shape, each on a port. */
export class Stand {
  readonly shape: Shape
  /** By the names of the machines. */
  readonly urls: ReadonlyMap<string, string>
  readonly #running: Running

  private constructor(shape: Shape, urls: ReadonlyMap<string, string>, running: Running) {
    this.shape = shape
    this.urls = urls
    this.#running = running
  }

  static async start(stage: Stage, shape: Shape): Promise<Stand> {
    const control = await freePort()
    const machines = []
    const urls = new Map<string, string>()
    for (const { name, slots, imageMs, coldMs = 0, jitter = 0 } of shape.machines) {
      const port = await freePort()
      machines.push({ name, port, slots, imageMs, coldMs, jitter, slowFactor: GAME_FACTOR })
      urls.set(name, `http://127.0.0.1:${port}`)
    }
    const running = await stage.start({
      name: `machines-${shape.id}`,
      command: process.execPath,
      args: [PROGRAM, JSON.stringify({ control, machines })],
      port: control,
    })
    return new Stand(shape, urls, running)
  }

  /** The URL of the machine that answers one image soonest. */
  get fastestUrl(): string {
    const [fastest] = [...this.shape.machines].sort((a, b) => a.imageMs - b.imageMs)
    return this.urls.get(fastest?.name ?? '') ?? ''
  }

  async change({
    machine,
    kind,
  }: Pick<Change, 'machine'> & { kind: Change['kind'] | 'reset' }): Promise<void> {
    const response = await fetch(`${this.#running.url}/${machine}/${kind}`)
    if (!response.ok) throw new Error(`${machine} could not ${kind}: ${await response.text()}`)
  }

  /** Resets all machines to their initial state. */
  async reset(): Promise<void> {
    for (const { name } of this.shape.machines) await this.change({ machine: name, kind: 'reset' })
  }

  stop(): Promise<void> {
    return this.#running.stop()
  }
}
