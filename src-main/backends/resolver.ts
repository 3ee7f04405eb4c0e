/**
 * The addresses of backends' host names. Each name is looked up when a connection is opened, once at a time, and keeps
 * its last addresses: they are used where the name server is late or does not answer, so that a router that restarts
 * takes no backend away.
 */
import { isIP } from 'node:net'
import { forkLookupChild } from './lookup-child.ts'
import { LookupError, Lookups, type Address, type LookupsOptions } from './lookups.ts'
import { LOOKUP_PATIENCE_MS, MAX_NAMES } from './limits.ts'
import { BackendError } from './reasons.ts'

const ADVICE = 'check the name, or give the IP address'

/** The sentence for a name that has no address. */
export function nameReason(name: string, { code, message }: LookupError): string {
  if (code === 'ENOTFOUND' || code === 'ENODATA') return `host name not found: ${name}; ${ADVICE}`
  if (code === 'EAI_AGAIN') {
    return `host name ${name} does not resolve: the name server does not answer; ${ADVICE}`
  }
  return `host name ${name} does not resolve (${message}); ${ADVICE}`
}

/** The sentence for a name of which nothing is known after a time in milliseconds. */
export function lateNameReason(name: string, afterMs: number): string {
  const seconds = Math.round(afterMs / 100) / 10
  return `host name ${name} does not resolve: no answer within ${seconds} s; ${ADVICE}`
}

interface Name {
  /** Of the last lookup that found some. */
  addresses: readonly Address[]
  lookup: Promise<readonly Address[]> | undefined
  /** When the lookup began, on the monotonic clock, milliseconds. */
  startedAt: number
}

/** One resolver is shared by all backends of a service. */
export class Resolver {
  readonly #lookups: Pick<Lookups, 'run' | 'close'>
  /** The least recently used first. */
  readonly #names = new Map<string, Name>()

  /** @param options how the process for lookups is started; in Node's way where absent */
  constructor(options: Partial<LookupsOptions> & { lookups?: Pick<Lookups, 'run' | 'close'> } = {}) {
    const { lookups, fork = forkLookupChild, onProblem } = options
    this.#lookups = lookups ?? new Lookups(onProblem === undefined ? { fork } : { fork, onProblem })
  }

  /**
   * The addresses of a host, in the system's order; never none. A name that has some already waits LOOKUP_PATIENCE_MS at
   * most for new ones; one that has none waits for the system.
   * @throws {BackendError} of kind `connect`, where the name has no address
   */
  async resolve(host: string): Promise<readonly Address[]> {
    const family = isIP(host)
    if (family === 4 || family === 6) return [{ address: host, family }]
    const name = this.#entry(host)
    if (name.lookup === undefined) {
      name.startedAt = performance.now()
      name.lookup = this.#lookUp(host, name)
      // The error goes to the waiting callers. Without any it is dropped.
      name.lookup.catch(() => undefined)
    }
    if (name.addresses.length === 0) return name.lookup
    const patienceMs = LOOKUP_PATIENCE_MS - (performance.now() - name.startedAt)
    return patienceMs > 0 ? earlier(name.lookup, patienceMs, name) : name.addresses
  }

  /** Whether a name is being looked up and has no address yet. */
  isUnresolved(host: string): boolean {
    const name = this.#names.get(host)
    return name?.lookup !== undefined && name.addresses.length === 0
  }

  /** Ends the process for lookups, if there is one. */
  close(): void {
    this.#lookups.close()
  }

  #entry(host: string): Name {
    const name = this.#names.get(host) ?? { addresses: [], lookup: undefined, startedAt: 0 }
    this.#names.delete(host)
    this.#names.set(host, name)
    for (const [oldest, { lookup }] of this.#names) {
      if (this.#names.size <= MAX_NAMES) break
      if (lookup === undefined) this.#names.delete(oldest)
    }
    return name
  }

  async #lookUp(host: string, name: Name): Promise<readonly Address[]> {
    try {
      const addresses = await this.#lookups.run(host)
      if (addresses.length === 0) throw new LookupError('ENODATA', 'it has no address')
      name.addresses = addresses
      return addresses
    } catch (error) {
      if (!(error instanceof LookupError)) throw error
      // Only an answer of the name server shows that a name does not exist; a missing answer shows nothing.
      const isDenied = error.code === 'ENOTFOUND' || error.code === 'ENODATA'
      if (isDenied) name.addresses = []
      if (name.addresses.length > 0) return name.addresses
      throw new BackendError('connect', nameReason(host, error), { cause: error })
    } finally {
      name.lookup = undefined
    }
  }
}

/** The addresses that a lookup finds within a time, else those that the name has. */
function earlier(
  lookup: Promise<readonly Address[]>,
  withinMs: number,
  name: Pick<Name, 'addresses'>,
): Promise<readonly Address[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(name.addresses), withinMs)
    const end = (): void => clearTimeout(timer)
    void lookup.then(resolve, reject).finally(end)
  })
}
