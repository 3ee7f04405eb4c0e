/** The process in which `lookup-process.ts` runs, and how to start it in Node. */
import { fork } from 'node:child_process'
import path from 'node:path'
import { LOOKUP_PROCESS_THREADS } from './limits.ts'

export interface LookupQuestion {
  readonly id: number
  readonly name: string
}

export type LookupAnswer =
  | { readonly id: number; readonly addresses: readonly { address: string; family: number }[] }
  | { readonly id: number; readonly code: string; readonly message: string }

/** A process that looks names up. Errors of the process are reported as its end. */
export interface LookupChild {
  send(question: LookupQuestion): void
  onAnswer(listener: (answer: LookupAnswer) => void): void
  /** @param listener called with the reason of its end */
  onEnd(listener: (reason: string) => void): void
  end(): void
}

/** The module to run: compiled or not, like this one. */
export const LOOKUP_PROCESS_FILE = path.join(
  import.meta.dirname,
  `lookup-process${path.extname(import.meta.filename)}`,
)

/** The environment in which that process has threads for many lookups that hang. */
export function lookupEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, UV_THREADPOOL_SIZE: String(LOOKUP_PROCESS_THREADS) }
}

/**
 * Starts it in Node. It ends with this process, which it does not keep running.
 * @param execArgv flags of Node; those of this process, but for a debugger's port, which one process alone can have
 */
export function forkLookupChild(
  execArgv = process.execArgv.filter((arg) => !arg.startsWith('--inspect')),
): LookupChild {
  const child = fork(LOOKUP_PROCESS_FILE, [], {
    env: lookupEnvironment(),
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  child.unref()
  child.channel?.unref()
  let tellEnd: (reason: string) => void = () => undefined
  // A process that cannot be started emits `error` alone; one that cannot be reached emits `error` and `exit`.
  child.on('error', (error) => tellEnd(error.message))
  child.on('exit', (code, signal) => tellEnd(`it ended with ${signal ?? `code ${code ?? 0}`}`))
  return {
    send: (question) => void child.send(question),
    onAnswer: (listener) => void child.on('message', listener as (message: unknown) => void),
    onEnd: (listener) => {
      tellEnd = listener
    },
    end: () => void child.kill(),
  }
}
