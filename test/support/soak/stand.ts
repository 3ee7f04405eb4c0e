/** What the soak and the storm share: a proxy of its own, its figures, and clients that count what they lose. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { JOBS, predict } from '../immich-client.ts'
import { readPhoto } from '../photo.ts'
import { Program, projectRoot } from '../program.ts'

export interface Figures {
  readonly rssMb: number
  readonly loopDelayP99Ms: number
  readonly openFiles: number
  readonly inFlight: number
  readonly waiting: number
}

const PREFIX = 'figures '

/** The built proxy as a process of its own. */
export class Stand {
  readonly url: string
  readonly #program: Program
  readonly #folder: string

  private constructor(program: Program, folder: string, port: string) {
    this.#program = program
    this.#folder = folder
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(config: object): Promise<Stand> {
    const folder = await mkdtemp(path.join(tmpdir(), 'soak-'))
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config))
    const script = path.join(projectRoot, 'test/support/soak/proxy.mjs')
    const program = new Program(process.execPath, [script, folder])
    const [, port = ''] = await program.until(/listening on (\d+)/)
    return new Stand(program, folder, port)
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** All figures so far, one a second. */
  get figures(): Figures[] {
    return this.#program.stdout
      .split('\n')
      .filter((line) => line.startsWith(PREFIX))
      .map((line) => JSON.parse(line.slice(PREFIX.length)) as Figures)
  }

  async stop(): Promise<void> {
    this.#program.kill('SIGTERM')
    await this.#program.ended
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const photo = readPhoto()

/** Immich's jobs, of which each client sends one after the other. */
export const IMAGES: readonly ((url: string) => Promise<Response>)[] = [
  (url) => predict(url, JOBS.faces, photo),
  (url) => predict(url, JOBS.ocr, photo),
  (url) => predict(url, { ...JOBS.searchImage, ...JOBS.ocr }, photo),
]
export const SEARCH = (url: string): Promise<Response> => predict(url, JOBS.searchText, 'mountains')

/** Sends jobs and counts the answers. */
export class Load {
  done = 0
  readonly lost: string[] = []

  async send(job: () => Promise<Response>): Promise<void> {
    try {
      const answer = await job()
      await answer.arrayBuffer()
      if (answer.status === 200) this.done++
      else this.lost.push(`${answer.status} ${answer.statusText}`)
    } catch (error) {
      this.lost.push(String(error))
    }
  }

  /** What is printed of it; the first losses on standard error. */
  report(): string {
    for (const loss of this.lost.slice(0, 10)) console.error(`lost: ${loss}`)
    return `requests ${this.done + this.lost.length}, lost ${this.lost.length}`
  }
}
