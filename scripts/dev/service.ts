/** The headless service as a child process that can be replaced by a fresh one. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { root } from '../lib.mjs'

/** How long requests in flight may take when the service is replaced, milliseconds: a developer waits for it. */
const STOP_LIMIT_MS = 3_000
/** The first line that the service prints once it listens. */
const LISTENS = /^Immich ML Proxy /m

export class DevService {
  readonly #args: readonly string[]
  readonly #log: (line: string) => void
  #child: ChildProcess | undefined
  /** Whether the process that was started last serves. */
  #serving: Promise<boolean> = Promise.resolve(false)
  /**
   * Whether a replacement is about to be started. It has read no source yet, so another change needs no further one.
   */
  #isReplacing = false
  #isEnding = false

  /**
   * @param args the flags of the service
   * @param log takes a line for the developer
   */
  constructor(args: readonly string[], log: (line: string) => void) {
    this.#args = args
    this.#log = log
  }

  /** Starts the service, in place of the one that runs. */
  restart(): void {
    if (this.#isReplacing || this.#isEnding) return
    this.#isReplacing = true
    this.#serving = this.#replace()
  }

  /** Resolves once the service listens, with false where it does not; restarts meanwhile are waited for. */
  async serves(): Promise<boolean> {
    for (;;) {
      const asked = this.#serving
      const answer = await asked
      if (asked === this.#serving) return answer
    }
  }

  /** Ends the service for good. */
  async end(): Promise<void> {
    this.#isEnding = true
    await this.#endChild()
  }

  /** Ends it at once, for a process that exits without waiting. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async #replace(): Promise<boolean> {
    await this.#endChild()
    this.#isReplacing = false
    return this.#isEnding ? false : this.#start()
  }

  async #endChild(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    child.kill('SIGTERM')
    await exited
    clearTimeout(timer)
  }

  #start(): Promise<boolean> {
    const entry = path.join(root, 'src-main/cli.ts')
    // The log goes to the terminal. The banner does not: it names the address without the reloaded pages.
    const child = spawn(process.execPath, ['--import', 'tsx', entry, '--headless', ...this.#args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    return new Promise((resolve) => {
      let printed = ''
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        if (LISTENS.test(printed)) resolve(true)
      })
      const onEnd = (how: string): void => {
        resolve(false)
        if (this.#child !== child) return
        this.#child = undefined
        this.#serving = Promise.resolve(false)
        this.#log(`the service ended (${how}); it starts again after the next change`)
      }
      child.once('error', (error) => onEnd(error.message))
      child.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code ?? 0}`))
    })
  }
}
