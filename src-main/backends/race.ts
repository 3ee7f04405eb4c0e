/**
 * Tries the addresses of a name beside each other, and keeps the first that connects ("Happy Eyeballs", RFC 8305,
 * section 5). Node's own `autoSelectFamily` ends each attempt after 250 ms, so an address behind a slow link never
 * connects, and addresses that do not answer use up the time of those behind them.
 */
import { ATTEMPT_DELAY_MS, MAX_ADDRESSES, MIN_ATTEMPT_DELAY_MS, START_ATTEMPTS_WITHIN_MS } from './limits.ts'
import type { Address } from './lookups.ts'

/** An attempt on one address, for example a socket. */
export interface Attempt {
  destroy(): void
}

export interface RaceOptions<T extends Attempt> {
  /** In the order in which they are tried; not none. */
  readonly addresses: readonly Address[]
  /** Begins an attempt. It calls `end` once, later: without an error where it is connected. */
  readonly start: (address: Address, end: (error?: Error) => void) => T
  readonly onConnected: (attempt: T, address: Address) => void
  /** All have failed. The error is that of a machine that answered, where one did, else the last. */
  readonly onFailed: (error: Error) => void
  /** An address failed, or another one that was tried later was connected first. */
  readonly onAddressFailed?: (address: Address) => void
}

/** How long after one attempt the next begins, milliseconds. */
export function attemptDelay(addresses: number): number {
  if (addresses < 2) return ATTEMPT_DELAY_MS
  return Math.max(
    MIN_ATTEMPT_DELAY_MS,
    Math.min(ATTEMPT_DELAY_MS, START_ATTEMPTS_WITHIN_MS / (addresses - 1)),
  )
}

/** Whether an error shows that a machine is there. */
function isRefusal(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && error.code === 'ECONNREFUSED'
}

/** Begins a race. Returns a function that ends it: all attempts are given up and no callback is called any more. */
export function race<T extends Attempt>(options: RaceOptions<T>): () => void {
  const addresses = options.addresses.slice(0, MAX_ADDRESSES)
  const delayMs = attemptDelay(addresses.length)
  const running = new Map<Address, T>()
  let error: Error | undefined
  let isOver = false
  let next = 0
  let timer: NodeJS.Timeout | undefined

  const stop = (): void => {
    isOver = true
    clearTimeout(timer)
    for (const attempt of running.values()) attempt.destroy()
    running.clear()
  }
  const connected = (address: Address): void => {
    const attempt = running.get(address)
    if (attempt === undefined) return
    running.delete(address)
    for (const other of running.keys()) {
      if (addresses.indexOf(other) < addresses.indexOf(address)) options.onAddressFailed?.(other)
    }
    stop()
    options.onConnected(attempt, address)
  }
  const failed = (address: Address, reason: Error): void => {
    running.delete(address)
    options.onAddressFailed?.(address)
    if (!isRefusal(error)) error = reason
    if (next < addresses.length) startNext()
    else if (running.size === 0) {
      stop()
      options.onFailed(error ?? reason)
    }
  }
  const startNext = (): void => {
    clearTimeout(timer)
    const address = addresses[next++]
    if (address === undefined) return
    if (next < addresses.length) timer = setTimeout(startNext, delayMs)
    const attempt = options.start(address, (reason) => {
      if (isOver) return
      if (reason === undefined) connected(address)
      else failed(address, reason)
    })
    running.set(address, attempt)
  }
  startNext()
  return stop
}
