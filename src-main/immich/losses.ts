/**
 * The images that Immich was told had failed, counted by task. Immich itself keeps no trace of them: its queues count them
 * neither as failed nor as completed.
 */
import * as z from 'zod'
import {
  GUARDED_TASKS,
  guardedTask,
  type GuardedTask,
  type LossReason,
  type TaskLosses,
} from '../../src-shared/immich.ts'
import { errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { StateFile, stateSeconds, type StateKey } from '../settings/state-file.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import { LOSSES_WRITE_MS, MAX_REASON_CHARS, RECENT_LOSSES } from './limits.ts'

/** One lost image. */
export interface Loss {
  /** The task of the request, in either spelling. One that is none of Immich's queues is not counted. */
  readonly task: string
  readonly reason: LossReason
  /** What the client was told. */
  readonly text: string
  /** Whether the client is the Immich whose queues are guarded. */
  readonly isImmichs: boolean
}

/** How a catch-up ended. */
export type CatchUpEnd =
  /** Immich processed all of them, and no backend was away meanwhile. */
  | 'done'
  /** A backend was away again meanwhile: what was lost since it began is still missing. */
  | 'interrupted'
  /** Immich did not confirm the start: all losses stay counted. */
  | 'uncertain'

const recordSchema = z.object({
  count: z.int().min(0),
  firstAt: stateSeconds,
  lastAt: stateSeconds,
  byReason: z.partialRecord(z.enum(['away', 'full', 'timed-out', 'stopped']), z.int().min(0)),
  recent: z
    .array(
      z.object({
        at: stateSeconds,
        reason: z.enum(['away', 'full', 'timed-out', 'stopped']),
        text: z.string().max(MAX_REASON_CHARS),
      }),
    )
    .max(RECENT_LOSSES),
  /** How many of them a catch-up has processed without success. */
  tried: z.int().min(0),
})

type LossRecord = z.infer<typeof recordSchema>

const NONE: LossRecord = { count: 0, firstAt: 0, lastAt: 0, byReason: {}, recent: [], tried: 0 }

/** A record with one more loss. Pure. */
function withLoss(record: LossRecord, { reason, text }: Loss, now: number): LossRecord {
  const at = Math.floor(now / 1000)
  return {
    count: record.count + 1,
    firstAt: record.count === 0 ? at : record.firstAt,
    lastAt: at,
    byReason: { ...record.byReason, [reason]: (record.byReason[reason] ?? 0) + 1 },
    recent: [...record.recent, { at, reason, text: text.slice(0, MAX_REASON_CHARS) }].slice(-RECENT_LOSSES),
    tried: record.tried,
  }
}

function shown({ count, firstAt, lastAt, byReason, recent, tried }: LossRecord): TaskLosses {
  return { count, firstAt, lastAt, byReason, recent, triedInVain: count > 0 && tried >= count }
}

export interface LossesOptions {
  /** The user data folder. */
  folder: string
  log: Logger
  /** A count changed. */
  onChange?: () => void
  clock?: Clock
}

/** The owner of all counted losses. */
export class Losses {
  readonly #file: StateFile<LossRecord>
  readonly #log: Logger
  readonly #onChange: () => void
  readonly #clock: Clock
  readonly #immichs = new Map<GuardedTask, LossRecord>()
  readonly #others = new Map<GuardedTask, LossRecord>()
  /** What was counted before a catch-up that runs now. */
  readonly #before = new Map<GuardedTask, LossRecord>()
  readonly #lastAt = new Map<GuardedTask, number>()
  #cancelWrite: (() => void) | undefined
  #writtenAt = -Infinity
  /** A count has changed since the last write. */
  #isDirty = false

  constructor({ folder, log, onChange, clock }: LossesOptions) {
    this.#log = log
    this.#onChange = onChange ?? ((): void => undefined)
    this.#clock = clock ?? systemClock
    this.#file = new StateFile({ folder, subject: 'losses', schema: recordSchema, log })
    for (const task of GUARDED_TASKS) {
      this.#immichs.set(task, this.#file.get(keyOf(task, 'immich')) ?? NONE)
      this.#others.set(task, this.#file.get(keyOf(task, 'other')) ?? NONE)
      const before = this.#file.get(keyOf(task, 'before'))
      if (before !== undefined) this.#before.set(task, before)
    }
  }

  /** Counts a lost image. */
  add(loss: Loss): void {
    const task = guardedTask(loss.task)
    if (task === undefined) return
    const records = loss.isImmichs ? this.#immichs : this.#others
    const now = this.#clock.wall()
    records.set(task, withLoss(records.get(task) ?? NONE, loss, now))
    if (loss.isImmichs) this.#lastAt.set(task, now)
    this.#changed()
  }

  /**
   * How many of Immich's losses a catch-up should find: none where the last one has tried just these without success.
   */
  pending(task: GuardedTask): number {
    if (this.#before.has(task)) return 0
    const { count, tried } = this.#immichs.get(task) ?? NONE
    return count > tried ? count : 0
  }

  /** Whether a catch-up has begun and not ended, also before a restart. */
  isCatchingUp(task: GuardedTask): boolean {
    return this.#before.has(task)
  }

  /** When Immich's last one was counted by this process, Unix milliseconds; undefined before the first. */
  lastLossAt(task: GuardedTask): number | undefined {
    return this.#lastAt.get(task)
  }

  /** A catch-up has begun: what is counted from now on was lost in it. */
  catchUpBegan(task: GuardedTask): void {
    this.#before.set(task, this.#immichs.get(task) ?? NONE)
    this.#immichs.set(task, NONE)
    this.#changed()
  }

  /**
   * A catch-up has ended. What was counted before is done; what was lost in it stays. Where as many were lost as before
   * and no backend was away, they count as the same images, and no further catch-up is started for them.
   */
  catchUpEnded(task: GuardedTask, end: CatchUpEnd): void {
    const before = this.#before.get(task)
    const since = this.#immichs.get(task) ?? NONE
    this.#before.delete(task)
    if (before === undefined) return
    const isInVain = end === 'done' && since.count > 0 && since.count === before.count
    const left = end === 'uncertain' ? sum(before, since) : since
    this.#immichs.set(task, { ...left, tried: isInVain ? since.count : 0 })
    this.#changed()
  }

  /** Sets back Immich's losses of these tasks, and those of other clients: a user has seen them. */
  forget(tasks: readonly GuardedTask[]): void {
    for (const task of tasks) {
      this.#immichs.set(task, NONE)
      if (this.#before.has(task)) this.#before.set(task, NONE)
    }
    this.#others.clear()
    this.#changed()
  }

  /** Immich's losses as they are shown: during a catch-up together with those counted before it. */
  immichs(): Record<GuardedTask, TaskLosses> {
    return everyTask((task) => shown(this.#whole(task)))
  }

  /** Those of other clients. */
  others(): Record<GuardedTask, TaskLosses> {
    return everyTask((task) => shown(this.#others.get(task) ?? NONE))
  }

  /** Writes changes that are not written yet. */
  flush(): void {
    this.#cancelWrite?.()
    this.#cancelWrite = undefined
    if (!this.#isDirty) return
    this.#isDirty = false
    this.#writtenAt = this.#clock.mono()
    const entries = GUARDED_TASKS.flatMap((task) => [
      { ...keyOf(task, 'immich'), value: this.#immichs.get(task) ?? NONE },
      { ...keyOf(task, 'other'), value: this.#others.get(task) ?? NONE },
      // A crash interrupted the catch-up, so the losses counted before it are still missing.
      ...(this.#before.has(task)
        ? [{ ...keyOf(task, 'before'), value: this.#before.get(task) ?? NONE }]
        : []),
    ]).filter(({ name, value }) => value.count > 0 || name.startsWith('before/'))
    try {
      this.#file.replace(entries)
    } catch (error) {
      this.#log.warn({ reason: errorText(error) }, 'lost images are counted, but not kept over a restart')
    }
  }

  /** With what was counted before a catch-up that runs now. */
  #whole(task: GuardedTask): LossRecord {
    const before = this.#before.get(task)
    const since = this.#immichs.get(task) ?? NONE
    return before === undefined ? since : sum(before, since)
  }

  /** Writes at once, then at most each {@link LOSSES_WRITE_MS}. */
  #changed(): void {
    this.#onChange()
    this.#isDirty = true
    if (this.#cancelWrite !== undefined) return
    const waitMs = this.#writtenAt + LOSSES_WRITE_MS - this.#clock.mono()
    if (waitMs <= 0) this.flush()
    else this.#cancelWrite = this.#clock.after(waitMs, () => this.flush())
  }
}

/**
 * One record for each task, of Immich, of other clients, and of the time before a catch-up; the URL of the Immich is
 * not part of the key.
 */
function keyOf(task: GuardedTask, what: 'immich' | 'other' | 'before'): StateKey {
  return { name: `${what}/${task}`, url: '' }
}

function everyTask<T>(of: (task: GuardedTask) => T): Record<GuardedTask, T> {
  return { clip: of('clip'), 'facial-recognition': of('facial-recognition'), ocr: of('ocr') }
}

function sum(before: LossRecord, since: LossRecord): LossRecord {
  if (since.count === 0) return before
  if (before.count === 0) return since
  const byReason = { ...before.byReason }
  for (const [reason, count] of Object.entries(since.byReason) as [LossReason, number][]) {
    byReason[reason] = (byReason[reason] ?? 0) + count
  }
  return {
    count: before.count + since.count,
    firstAt: before.firstAt,
    lastAt: since.lastAt,
    byReason,
    recent: [...before.recent, ...since.recent].slice(-RECENT_LOSSES),
    tried: before.tried,
  }
}
