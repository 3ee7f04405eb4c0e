/**
 * The file with what the queue guard has paused, for the next start: `state/immich-guard.json`, one entry for each
 * Immich.
 */
import * as z from 'zod'
import type { GuardedQueue } from '../../src-shared/immich.ts'
import type { Logger } from '../platform/log.ts'
import { StateFile, stateTime as time, type StateKey } from '../settings/state-file.ts'
import type { StoredGuard } from './guard-types.ts'

const queueSchema = z.object({
  pause: z
    .object({
      why: z.enum(['away', 'suspend', 'quit', 'catch-up', 'hand']),
      at: time,
      stage: z.enum(['asked', 'paused', 'ending']),
    })
    .optional(),
  owed: z.boolean(),
  catchUp: z.object({ startedAt: time, end: z.enum(['done', 'interrupted', 'uncertain']) }).optional(),
  lastCatchUpAt: time.optional(),
  leftAloneUntil: time.optional(),
})

const keptSchema = z.object({
  queues: z.object({ smartSearch: queueSchema, faceDetection: queueSchema, ocr: queueSchema }),
  duplicatesOwed: z.boolean(),
})

type Written = z.infer<typeof keptSchema>

/** In the file a field that is undefined is absent. */
function fromWritten({ queues, duplicatesOwed }: Written): StoredGuard {
  const of = (queue: GuardedQueue): StoredGuard['queues'][GuardedQueue] => {
    const { pause, owed, catchUp, lastCatchUpAt, leftAloneUntil } = queues[queue]
    return { pause, owed, catchUp, lastCatchUpAt, leftAloneUntil }
  }
  return {
    queues: { smartSearch: of('smartSearch'), faceDetection: of('faceDetection'), ocr: of('ocr') },
    duplicatesOwed,
  }
}

const keyOf = (url: string): StateKey => ({ name: 'immich', url })

/** Owns that file; an entry is found by the URL of its Immich. A save is on the disk when it returns. */
export class GuardStore {
  readonly #file: StateFile<Written>

  constructor(folder: string, log: Logger) {
    // Durable: a pause that a power cut removes from the file would never be ended.
    this.#file = new StateFile({ folder, subject: 'immich-guard', schema: keptSchema, log, durable: true })
  }

  load(url: string): StoredGuard | undefined {
    const written = this.#file.get(keyOf(url))
    return written === undefined ? undefined : fromWritten(written)
  }

  /** @throws {AppError} STATE_UNWRITABLE */
  save(url: string, stored: StoredGuard | undefined): void {
    this.#file.set(keyOf(url), stored)
  }

  /** @throws {AppError} STATE_UNWRITABLE */
  requireWritable(): void {
    this.#file.requireWritable()
  }

  /** The URLs of the Immichs with queues that we paused and did not resume. */
  paused(): { url: string; queues: string[] }[] {
    return this.#file.entries
      .map(({ url, value }) => {
        const queues = Object.entries(value.queues).filter(([, { pause }]) => pause !== undefined)
        return { url, queues: queues.map(([name]) => name) }
      })
      .filter(({ queues }) => queues.length > 0)
  }
}
