/** What is kept of pauses for the next start: `state/pauses.json`, one entry for each backend. */
import * as z from 'zod'
import type { Logger } from '../platform/log.ts'
import { StateFile, type StateKey } from '../settings/state-file.ts'
import type { KeptPause, SignName } from './pause-types.ts'

const SIGN = /^(?:game|battery|input|program:.+)$/
const isSign = (name: string): name is SignName => SIGN.test(name)

const keptSchema = z.object({
  hand: z.object({ until: z.number().nullable(), reason: z.string() }).optional(),
  overruled: z.array(
    z.union([z.object({ sign: z.string().refine(isSign) }), z.object({ scheduleUntil: z.number() })]),
  ),
})

type Written = z.infer<typeof keptSchema>

export class KeptPauses {
  readonly #file: StateFile<Written>

  constructor(folder: string, log: Logger) {
    // Rarely written, by hand alone: a pause that is forgotten in a power cut would start the work anew.
    this.#file = new StateFile({ folder, subject: 'pauses', schema: keptSchema, log, durable: true })
  }

  /**
   * What is kept of a backend, by its name, else by its URL: one that was renamed while this program did not run is still
   * the one that somebody paused.
   * @param isConfigured whether a backend has a name now: its entry is its own
   */
  load({ name, url }: StateKey, isConfigured: (name: string) => boolean): KeptPause | undefined {
    const { entries } = this.#file
    const own = entries.find((one) => one.name === name)
    const renamed = entries.find((one) => one.url === url && !isConfigured(one.name))
    const value = (own ?? renamed)?.value
    return value === undefined ? undefined : { hand: value.hand, overruled: value.overruled }
  }

  /** Writes what is kept of all backends, where it differs from what is there. @throws {AppError} STATE_UNWRITABLE */
  save(all: readonly (StateKey & { readonly value: KeptPause })[]): void {
    const entries = all.map(({ name, url, value: { hand, overruled } }) => ({
      name,
      url,
      value: { ...(hand === undefined ? {} : { hand }), overruled: [...overruled] },
    }))
    if (JSON.stringify(entries) !== JSON.stringify(this.#file.entries)) this.#file.replace(entries)
  }
}
