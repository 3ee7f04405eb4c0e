/** Wakes one backend: the state of {@link stepWake} with a timer and a socket. */
import { networkInterfaces } from 'node:os'
import { WAKE_GIVE_UP_SECONDS } from '../../src-shared/limits.ts'
import type { WakeConfig } from '../../src-shared/config/schema.ts'
import { errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { WAKE_SILENT_MS } from './limits.ts'
import { sendMagicPackets, wakeTargets } from './magic-packet.ts'
import { ASLEEP, isSilent, nextWakeTick, stepWake, type WakeEvent, type WakeState } from './wake-state.ts'

/** The reason for waking a backend: an image, a text query, or a user who pressed *Wake now*. */
export type WakeReason = 'image' | 'text' | 'hand'

export interface WakeStatus {
  readonly state: WakeState['kind']
  /** A sentence where packets could not be sent, or were sent without an answer; else empty. */
  readonly problem: string
}

export interface WakerOptions {
  name: string
  wake: WakeConfig
  log: Logger
  /** The state or its problem changed. */
  onChange: () => void
  /** How packets are sent; over UDP by default. Rejects with an {@link Error} that says what to do. */
  send?: (wake: WakeConfig) => Promise<void>
  /** A clock that never goes back, milliseconds. */
  now?: () => number
}

const overUdp = (wake: WakeConfig): Promise<void> =>
  sendMagicPackets(wake, wakeTargets(wake, networkInterfaces()))

const SILENT_PROBLEM =
  `nothing came within ${WAKE_SILENT_MS / 1000} s; is Wake-on-LAN on in that computer’s firmware and network card? ` +
  'From a container with a network of its own, broadcasts do not reach the home network: use the host’s'

/**
 * Owns whether one backend is being woken, with the timers of its packets. Tells each change by `onChange`; never
 * throws.
 */
export class Waker {
  readonly #options: WakerOptions
  readonly #giveUpMs: number
  readonly #send: (wake: WakeConfig) => Promise<void>
  readonly #now: () => number
  #state: WakeState = ASLEEP
  #sendProblem = ''
  #timer: NodeJS.Timeout | undefined
  #silenceTimer: NodeJS.Timeout | undefined

  constructor(options: WakerOptions) {
    this.#options = options
    this.#giveUpMs = (options.wake.giveUpSeconds ?? WAKE_GIVE_UP_SECONDS) * 1000
    this.#send = options.send ?? overUdp
    this.#now = options.now ?? (() => performance.now())
  }

  get status(): WakeStatus {
    const silence = isSilent(this.#state, this.#now()) ? SILENT_PROBLEM : ''
    return { state: this.#state.kind, problem: this.#sendProblem === '' ? silence : this.#sendProblem }
  }

  /** Packets are sent and it has not answered yet: failures do not count meanwhile. */
  get isWaking(): boolean {
    return this.#state.kind === 'waking'
  }

  /** It is neither being woken nor left alone after a wake without an answer. */
  get isIdle(): boolean {
    return this.#state.kind === 'idle'
  }

  /** Whether a request of this kind may wake it. */
  wakesOn(reason: WakeReason): boolean {
    return reason === 'hand' || (this.#options.wake.on ?? ['image']).includes(reason)
  }

  /**
   * Wakes the backend for a request, unless that is under way or was given up a moment ago.
   * @returns whether it is waking now
   */
  need(reason: WakeReason): boolean {
    if (!this.wakesOn(reason)) return this.isWaking
    this.#step({ kind: 'needed', byHand: reason === 'hand' })
    return this.isWaking
  }

  /** Its own `/ping` answered. ARP does not count: a sleeping network card may answer that. */
  answered(): void {
    this.#step({ kind: 'answered' })
  }

  stop(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#silenceTimer)
  }

  #step(event: WakeEvent): void {
    const before = this.#state
    const { state, send } = stepWake(before, event, this.#now(), this.#giveUpMs)
    this.#state = state
    if (state.kind !== before.kind) this.#changed(before)
    if (send) void this.#sendPackets()
    this.#schedule()
  }

  #changed(before: WakeState): void {
    const { name: backend, log, onChange } = this.#options
    clearTimeout(this.#silenceTimer)
    if (this.#state.kind === 'waking') {
      this.#sendProblem = ''
      log.info({ backend }, 'backend is woken')
      this.#silenceTimer = setTimeout(onChange, WAKE_SILENT_MS).unref()
    } else if (this.#state.kind === 'gave-up') {
      log.warn({ backend }, 'backend was woken and does not answer; it is not woken again for some minutes')
    } else {
      this.#sendProblem = ''
      if (before.kind === 'waking') log.info({ backend }, 'backend is awake')
    }
    onChange()
  }

  async #sendPackets(): Promise<void> {
    const { name: backend, wake, log, onChange } = this.#options
    let problem = ''
    try {
      await this.#send(wake)
    } catch (error) {
      problem = errorText(error)
      log.warn({ backend, reason: problem }, 'backend cannot be woken')
    }
    if (problem === this.#sendProblem || this.#state.kind === 'idle') return
    this.#sendProblem = problem
    onChange()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    const at = nextWakeTick(this.#state, this.#giveUpMs)
    if (at === undefined) return
    this.#timer = setTimeout(
      () => this.#step({ kind: 'tick' }),
      Math.max(0, Math.ceil(at - this.#now())),
    ).unref()
  }
}
