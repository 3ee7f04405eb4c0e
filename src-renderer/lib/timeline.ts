/** The time of a request by step, for each attempt on one axis. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'
import { hasFailed, nextAttempt } from './failures.ts'

/**
 * `held`: no backend was there. `wait`: all were full. `work`: the backend has it. `failed`: it had it, in vain.
 * `others`: its answer is there, another one of the same request is not. `merge`: all are there. `reply`: the only
 * answer is being handed on.
 */
export const STEPS = ['held', 'wait', 'work', 'failed', 'others', 'merge', 'reply'] as const
export type StepKind = (typeof STEPS)[number]

export interface Step {
  readonly kind: StepKind
  /** Milliseconds from the start of the incoming request. */
  readonly from: number
  readonly ms: number
}

export interface Lane {
  readonly record: DebugRecord
  readonly title: string
  /** In the order of time, without those that took no time. */
  readonly steps: readonly Step[]
  /** The backend that was tried after it failed; empty where none was, or it did not fail. */
  readonly next: string
}

export interface Timeline {
  readonly totalMs: number
  readonly lanes: readonly Lane[]
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10
const startOf = ({ timestamp }: DebugRecord): number => Date.parse(timestamp)
const beforeOf = ({ waitMs = 0, heldMs = 0 }: DebugRecord): number => waitMs + heldMs

interface Times {
  readonly record: DebugRecord
  readonly sentAt: number
  readonly endedAt: number
}

/** Timestamps are whole milliseconds, so a short step may seem to lie outside of the request. */
function timesOf(record: DebugRecord, start: number, end: number): Times {
  const latest = Math.max(end - record.durationMs, 0)
  const sentAt = Math.max(beforeOf(record), Math.min(startOf(record) - start, latest))
  return { record, sentAt, endedAt: sentAt + record.durationMs }
}

const hasAnswered = ({ record }: Times): boolean => !hasFailed(record) && record.pending !== true

/** What follows an answer: the others of the request, then the end. */
function stepsAfter({ endedAt }: Times, lastAnswer: number, answers: number, end: number): Step[] {
  const rest = Math.max(0, end - lastAnswer)
  if (answers < 2) return [{ kind: 'reply', from: endedAt, ms: tenths(rest) }]
  return [
    { kind: 'others', from: endedAt, ms: tenths(lastAnswer - endedAt) },
    { kind: 'merge', from: lastAnswer, ms: tenths(rest) },
  ]
}

function stepsOf(times: Times, after: readonly Step[]): Step[] {
  const { record, sentAt, endedAt } = times
  const { heldMs = 0, waitMs = 0 } = record
  const all: Step[] = [
    { kind: 'held', from: sentAt - waitMs - heldMs, ms: heldMs },
    { kind: 'wait', from: sentAt - waitMs, ms: waitMs },
    { kind: hasFailed(record) ? 'failed' : 'work', from: sentAt, ms: tenths(endedAt - sentAt) },
    ...after,
  ]
  return all.filter(({ ms }) => ms > 0)
}

/** @param incoming undefined if it has been removed; then the time line begins with the first outgoing record */
export function timelineOf(incoming: DebugRecord | undefined, outgoing: readonly DebugRecord[]): Timeline {
  const starts = outgoing.map((record) => startOf(record) - beforeOf(record))
  const start = incoming === undefined ? Math.min(...starts) : startOf(incoming)
  const ends = outgoing.map((record) => startOf(record) - start + record.durationMs)
  const end = incoming === undefined || incoming.pending === true ? Math.max(0, ...ends) : incoming.durationMs
  // Replays belong to the trace but were sent after the request was answered, so they are left out.
  const within = outgoing.filter((record) => startOf(record) - start <= end)
  const all = within.map((record) => timesOf(record, start, end))
  const answered = all.filter(hasAnswered)
  const lastAnswer = Math.max(0, ...answered.map(({ endedAt }) => endedAt))
  const lanes = all.map((times): Lane => {
    const { record } = times
    const after = hasAnswered(times) ? stepsAfter(times, lastAnswer, answered.length, end) : []
    return {
      record,
      title: record.backend ?? 'backend',
      steps: stepsOf(times, after),
      next: hasFailed(record) ? (nextAttempt(record, within)?.backend ?? '') : '',
    }
  })
  return { totalMs: Math.max(end, ...all.map(({ endedAt }) => endedAt)), lanes }
}

/** A few round times from 0 on, for the axis. */
export function ticksOf(totalMs: number): number[] {
  const rough = Math.max(totalMs, 0.1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough
  return Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, index) => tenths(index * step))
}

/** From this duration to that one a small bar grows, milliseconds: by the logarithm, as they differ ten thousand times. */
const SHORTEST_MS = 5
const LONGEST_MS = 60_000

/** How long the small bar of a duration is, 0 to 1. */
export function lengthOf(ms: number): number {
  const share = Math.log(Math.max(ms, SHORTEST_MS) / SHORTEST_MS) / Math.log(LONGEST_MS / SHORTEST_MS)
  return Math.min(1, 0.06 + 0.94 * share)
}
