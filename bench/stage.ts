/** Everything that a run starts: processes on free ports and one temporary folder, all gone at the end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a process may take to answer its first `/ping`, milliseconds. */
const READY_WITHIN_MS = 15_000
/** How long a process may take to end by itself, milliseconds. */
const END_WITHIN_MS = 3_000

/** A process that serves. */
export interface Running {
  readonly name: string
  readonly pid: number
  readonly url: string
  /** Ends it. */
  stop(): Promise<void>
}

export interface StartOptions {
  name: string
  command: string
  args: readonly string[]
  /** Where it is going to listen. */
  port: number
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function answersPing(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ping`)
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
  await exited
  clearTimeout(timer)
}

export class Stage {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-bench-'))
  readonly #children = new Set<ChildProcess>()
  #closed = false

  constructor() {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.once(signal, () => {
        void this.close().finally(() => process.exit(code))
      })
    }
    // For an end of this process that awaits nothing.
    process.once('exit', () => {
      for (const child of this.#children) child.kill('SIGKILL')
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  file(name: string): string {
    return path.join(this.folder, name)
  }

  /** Starts a process that is ended with the stage. Its output goes into a file. */
  spawn(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    if (this.#closed) throw new Error('The benchmark was ended')
    const log = openSync(this.file(`${name}.out`), 'a')
    const child = spawn(command, args, {
      cwd: this.folder,
      stdio: ['ignore', log, log],
      env: { ...process.env, NODE_ENV: 'production', ...env },
    })
    closeSync(log)
    return this.adopt(child)
  }

  /** Ends a process with the stage. */
  adopt<T extends ChildProcess>(child: T): T {
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  /** Starts a server and waits until its `/ping` answers. */
  async start(options: StartOptions): Promise<Running> {
    const { name, port } = options
    const child = this.spawn(name, options.command, options.args, options.env)
    const url = `http://127.0.0.1:${port}`
    const deadline = performance.now() + READY_WITHIN_MS
    while (!(await answersPing(url))) {
      if (hasEnded(child) || performance.now() > deadline) {
        await end(child)
        throw new Error(`${name} did not start:\n${readFileSync(this.file(`${name}.out`), 'utf8')}`)
      }
      await sleep(20)
    }
    return { name, pid: child.pid ?? 0, url, stop: () => end(child) }
  }

  /** Ends all processes and removes the folder. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#children].map(end))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
