/**
 * Runs lookups of host names so that those that hang hold up no others.
 *
 * The resolver is the system's `getaddrinfo`: only it reads the hosts file, mDNS (`gaming-pc.local`) and the names of a
 * VPN. It blocks a thread for as long as the name server is silent, 10 s and more, cannot be cancelled, and libuv runs
 * two at once: a third name would wait behind two that hang. More threads would have to be asked for before the process
 * starts: Node uses them to load our first module, and on Windows libuv does not see what JavaScript sets. So a lookup
 * that finds both taken for a moment is done by a process of its own, which is started with more threads.
 */
import dns from 'node:dns'
import { errorCode, errorText } from '../platform/errors.ts'
import {
  LOCAL_LOOKUPS,
  LOOKUP_PROCESS_AFTER_MS,
  LOOKUP_PROCESS_IDLE_MS,
  LOOKUP_PROCESS_RETRY_MS,
  MAX_LOOKUPS,
} from './limits.ts'
import type { LookupAnswer, LookupChild } from './lookup-child.ts'

export interface Address {
  readonly address: string
  readonly family: 4 | 6
}

/** A lookup that failed, with the code of `getaddrinfo` (`ENOTFOUND`, `EAI_AGAIN`). */
export class LookupError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'LookupError'
    this.code = code
  }
}

export interface LookupsOptions {
  /** Starts the process for the lookups that find no thread free here. */
  readonly fork: () => LookupChild
  /** Told when that process cannot be started or ends by itself; lookups then wait for a thread of this process. */
  readonly onProblem?: (reason: string) => void
}

interface Settlers {
  readonly resolve: (addresses: readonly Address[]) => void
  readonly reject: (error: LookupError) => void
}

interface Lookup extends Settlers {
  readonly name: string
}

interface Waiting extends Lookup {
  /** Runs until the lookup is handed to the process. */
  timer: NodeJS.Timeout | undefined
}

function asFamily(family: number): 4 | 6 {
  return family === 6 ? 6 : 4
}

/** Asks the system, on a thread of this process. */
function lookupHere(name: string, { resolve, reject }: Settlers): void {
  dns.lookup(name, { all: true, verbatim: true }, (error, found) => {
    if (error !== null) reject(new LookupError(errorCode(error) ?? '', error.message))
    else resolve(found.map(({ address, family }) => ({ address, family: asFamily(family) })))
  })
}

/**
 * Owns the lookups that run and wait, at most MAX_LOOKUPS of them, and the process for those that find no thread free.
 */
export class Lookups {
  readonly #process: LookupProcess
  /** Those that run on a thread of this process. */
  #running = 0
  /** The first to wait is the first to get a thread that is free again. */
  readonly #waiting = new Set<Waiting>()

  constructor(options: LookupsOptions) {
    this.#process = new LookupProcess(options)
  }

  /**
   * Looks a name up. It settles when the system answers, however late that is.
   * @throws {LookupError}
   */
  run(name: string): Promise<readonly Address[]> {
    return new Promise((resolve, reject) => {
      if (this.#running < LOCAL_LOOKUPS) {
        this.#start({ name, resolve, reject })
      } else if (this.#waiting.size + this.#process.running >= MAX_LOOKUPS) {
        reject(new LookupError('EBUSY', `${MAX_LOOKUPS} other names are being looked up`))
      } else {
        const waiting: Waiting = { name, resolve, reject, timer: undefined }
        waiting.timer = setTimeout(() => this.#delegate(waiting), LOOKUP_PROCESS_AFTER_MS)
        this.#waiting.add(waiting)
      }
    })
  }

  /** Ends the process, if there is one. Lookups in it wait for a thread of this process. */
  close(): void {
    this.#process.close()
  }

  #start({ name, resolve, reject }: Lookup): void {
    this.#running++
    lookupHere(name, {
      resolve: (addresses) => {
        this.#ended()
        resolve(addresses)
      },
      reject: (error) => {
        this.#ended()
        reject(error)
      },
    })
  }

  #ended(): void {
    this.#running--
    const [next] = this.#waiting
    if (next === undefined) return
    clearTimeout(next.timer)
    this.#waiting.delete(next)
    this.#start(next)
  }

  #delegate(waiting: Waiting): void {
    const { name, resolve, reject } = waiting
    const lost = (): void => {
      if (this.#running < LOCAL_LOOKUPS) this.#start(waiting)
      else this.#waiting.add(waiting)
    }
    if (this.#process.lookup(name, { resolve, reject, lost })) this.#waiting.delete(waiting)
  }
}

interface Delegated extends Settlers {
  /** The process ended before it answered. */
  readonly lost: () => void
}

/** The process for lookups: started by the first of them, ended when none came for a while. */
class LookupProcess {
  readonly #fork: () => LookupChild
  readonly #onProblem: (reason: string) => void
  readonly #delegated = new Map<number, Delegated>()
  #child: LookupChild | undefined
  #idle: NodeJS.Timeout | undefined
  #ids = 0
  /** On the monotonic clock, milliseconds: after a failure it is not started again before. */
  #notBefore = 0

  constructor({ fork, onProblem = () => undefined }: LookupsOptions) {
    this.#fork = fork
    this.#onProblem = onProblem
  }

  get running(): number {
    return this.#delegated.size
  }

  /** Returns false where there is no process that would take it. */
  lookup(name: string, delegated: Delegated): boolean {
    const child = this.#child ?? this.#start()
    if (child === undefined) return false
    clearTimeout(this.#idle)
    const id = this.#ids++
    this.#delegated.set(id, delegated)
    child.send({ id, name })
    return true
  }

  close(): void {
    clearTimeout(this.#idle)
    const child = this.#child
    this.#child = undefined
    child?.end()
    this.#giveBack()
  }

  #start(): LookupChild | undefined {
    if (performance.now() < this.#notBefore) return undefined
    try {
      const child = this.#fork()
      child.onAnswer((answer) => this.#answered(answer))
      child.onEnd((reason) => this.#ended(child, reason))
      this.#child = child
      return child
    } catch (error) {
      this.#failed(errorText(error))
      return undefined
    }
  }

  #answered(answer: LookupAnswer): void {
    const delegated = this.#delegated.get(answer.id)
    this.#delegated.delete(answer.id)
    if ('addresses' in answer) {
      delegated?.resolve(
        answer.addresses.map(({ address, family }) => ({ address, family: asFamily(family) })),
      )
    } else {
      delegated?.reject(new LookupError(answer.code, answer.message))
    }
    if (this.#delegated.size > 0) return
    this.#idle = setTimeout(() => this.close(), LOOKUP_PROCESS_IDLE_MS).unref()
  }

  #ended(child: LookupChild, reason: string): void {
    if (this.#child !== child) return
    this.#child = undefined
    clearTimeout(this.#idle)
    this.#failed(reason)
    this.#giveBack()
  }

  #failed(reason: string): void {
    this.#notBefore = performance.now() + LOOKUP_PROCESS_RETRY_MS
    this.#onProblem(reason)
  }

  #giveBack(): void {
    const lost = [...this.#delegated.values()]
    this.#delegated.clear()
    for (const { lost: giveBack } of lost) giveBack()
  }
}
