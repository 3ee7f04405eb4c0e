/** Keeps what was learned of the backends over a restart, in `state/slots.json`. None of it is needed to serve. */
import * as z from 'zod'
import type { Logger } from '../../platform/log.ts'
import { errorText } from '../../platform/errors.ts'
import { StateFile, type StateEntry, type StateKey } from '../../settings/state-file.ts'
import type { Learned } from '../schedule/backend-load.ts'
import {
  LEARNED_WRITE_EVERY_MS,
  MAX_LEARNED_MS,
  MAX_SLOTS,
  MAX_WORK_CHARS,
  MAX_WORKS,
  MIN_SLOTS,
} from './limits.ts'

const SUBJECT = 'slots'

const slots = z.int().min(MIN_SLOTS).max(MAX_SLOTS)
const ms = z.number().min(0).max(MAX_LEARNED_MS)
const learnedSchema = z.object({
  slots: z
    .object({ limit: slots, seenSlots: slots.optional() })
    .transform(({ limit, seenSlots }) => ({ limit, ...(seenSlots === undefined ? {} : { seenSlots }) })),
  speeds: z
    .record(z.string().max(MAX_WORK_CHARS), z.object({ steadyMs: ms.optional(), coldMs: ms.optional() }))
    .refine((speeds) => Object.keys(speeds).length <= MAX_WORKS),
})

export interface LearnedSlotsOptions {
  /** The user data folder. */
  readonly folder: string
  readonly log: Logger
  /** What was learned of the backends in force. */
  readonly current: () => readonly StateEntry<Learned>[]
}

/** The owner of the file. */
export class LearnedSlots {
  readonly #file: StateFile<Learned>
  readonly #log: Logger
  readonly #current: LearnedSlotsOptions['current']
  #timer: NodeJS.Timeout | undefined
  /** The entries last written, as JSON; undefined before the first write. */
  #written: string | undefined

  constructor({ folder, log, current }: LearnedSlotsOptions) {
    this.#file = new StateFile({ folder, subject: SUBJECT, schema: learnedSchema, log })
    this.#log = log
    this.#current = current
  }

  /** What was learned before a restart. */
  get(key: StateKey): Learned | undefined {
    return this.#file.get(key)
  }

  /** Writes every {@link LEARNED_WRITE_EVERY_MS}, until {@link stop}. */
  start(): void {
    this.#timer ??= setInterval(() => this.write(), LEARNED_WRITE_EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.write()
  }

  /** Forgets what was learned of other names and URLs than those in force. */
  forgetOthers(): void {
    const inForce = new Set(this.#current().map(keyText))
    if (this.#file.entries.some((entry) => !inForce.has(keyText(entry)))) this.write()
  }

  /** Writes what is learned now, where it differs. A file that cannot be written is logged; the service goes on. */
  write(): void {
    const entries = this.#current()
    const text = JSON.stringify(entries)
    if (text === (this.#written ?? JSON.stringify(this.#file.entries))) return
    try {
      this.#file.replace(entries)
    } catch (error) {
      this.#log.warn({ error: errorText(error) }, 'what was learned of the backends is not kept')
    }
    this.#written = text
  }
}

const keyText = ({ name, url }: StateKey): string => JSON.stringify([name, url])
