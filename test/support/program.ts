/** Programs of this project as processes of their own, whose output a test waits for. */
import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import path from 'node:path'

export const projectRoot = path.resolve(import.meta.dirname, '..', '..')

/** A process with what it has printed so far. */
export class Program {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  readonly #output = new EventEmitter()

  constructor(command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(command, args, {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString()
      this.#output.emit('data')
    })
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString()
      this.#output.emit('data')
    })
    this.ended = once(this.child, 'close').then(
      ([code, signal]) => (code as number | null) ?? (signal as string),
    )
  }

  /**
   * Waits until the standard output matches.
   * @throws {Error} with all output, when the program ends before
   */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout)
      if (match !== null) return match
      const end = await Promise.race([once(this.#output, 'data'), this.ended])
      if (!Array.isArray(end) && pattern.exec(this.stdout) === null) {
        throw new Error(`ended with ${String(end)} before ${String(pattern)}: ${this.stdout}${this.stderr}`)
      }
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }
}

/** Starts the built command line; `npm test` builds it first. */
export function startCli(args: readonly string[], env: Record<string, string> = {}): Program {
  return new Program(process.execPath, [path.join(projectRoot, 'dist/src-main/cli.js'), ...args], env)
}
