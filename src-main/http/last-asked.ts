/** Remembers when a client asked `/ping` or `/predict` last, so that a user sees whether Immich uses this proxy. */
import { EventEmitter } from 'node:events'
import type { Status } from '../../src-shared/api.ts'
import { parseAddress } from '../../src-shared/config/ranges.ts'
import { LAST_ASKED_TOLD_EVERY_MS } from './limits.ts'

interface LastAskedEvents {
  /** {@link LastAsked.current} changed; at most each LAST_ASKED_TOLD_EVERY_MS. */
  change: []
}

/** Owns the time and the address of the last request. */
export class LastAsked extends EventEmitter<LastAskedEvents> {
  #last: { at: number; from: string | undefined } | undefined
  /** On the wall clock, milliseconds. */
  #toldAt = 0

  get current(): Status['lastAsked'] {
    const last = this.#last
    if (last === undefined) return null
    return {
      at: Math.floor(last.at / 1000),
      from: parseAddress(last.from)?.toString() ?? 'an unknown address',
    }
  }

  /** @param from the address of the client, as its socket has it */
  note(from: string | undefined): void {
    const now = Date.now()
    this.#last = { at: now, from }
    // A clock that was set back tells at once.
    if (now - this.#toldAt < LAST_ASKED_TOLD_EVERY_MS && now >= this.#toldAt) return
    this.#toldAt = now
    this.emit('change')
  }
}
