/** The pauses that outlast a restart: `state/pauses.json`, one entry for each backend. */
import * as z from 'zod'
import type { Logger } from '../platform/log.ts'
import { StateFile, stateTime, type StateKey } from '../settings/state-file.ts'
import type { StoredPause, SignName } from './pause-types.ts'

const SIGN = /^(?:game|battery|input|program:.+)$/
const isSign = (name: string): name is SignName => SIGN.test(name)

const keptSchema = z.object({
  hand: z.object({ until: stateTime.nullable(), reason: z.string() }).optional(),
  overruled: z.array(
    z.union([z.object({ sign: z.string().refine(isSign) }), z.object({ scheduleUntil: stateTime })]),
  ),
})

type Written = z.infer<typeof keptSchema>

export class PauseStore {
  readonly #file: StateFile<Written>

  constructor(folder: string, log: Logger) {
    // Durable: a pause that a power cut removes would let the work begin again. Only calls by hand write the file, so
    // that is rare.
    this.#file = new StateFile({ folder, subject: 'pauses', schema: keptSchema, log, durable: true })
  }

  /**
   * The stored pause of a backend, by its name, else by its URL: a backend that was renamed while the program did not
   * run stays paused.
   * @param isConfigured whether a name is configured: then its entry belongs to that backend alone
   */
  load({ name, url }: StateKey, isConfigured: (name: string) => boolean): StoredPause | undefined {
    const { entries } = this.#file
    const own = entries.find((one) => one.name === name)
    const renamed = entries.find((one) => one.url === url && !isConfigured(one.name))
    const value = (own ?? renamed)?.value
    return value === undefined ? undefined : { hand: value.hand, overruled: value.overruled }
  }

  /** Writes the pauses of all backends, where they differ from the file. @throws {AppError} STATE_UNWRITABLE */
  save(all: readonly (StateKey & { readonly value: StoredPause })[]): void {
    const entries = all.map(({ name, url, value: { hand, overruled } }) => ({
      name,
      url,
      value: { ...(hand === undefined ? {} : { hand }), overruled: [...overruled] },
    }))
    if (JSON.stringify(entries) !== JSON.stringify(this.#file.entries)) this.#file.replace(entries)
  }
}
