/** The targets of the relay, judged by the figures of one run. Pure. */
import type { BurstResult } from './memory.ts'
import { median, type Row, type Sample } from './rounds.ts'
import type { Idle } from './startup.ts'

export interface Results {
  readonly rows: readonly Row[]
  readonly burst: BurstResult | undefined
  readonly coldStartMs: number | undefined
  readonly idle: Idle | undefined
}

export interface Target {
  readonly what: string
  readonly target: string
  readonly measured: string
  /** Undefined where this run did not measure it. */
  readonly met: boolean | undefined
}

const MB = 1024 * 1024
/** "Near the idle figure" in figures. */
const NEAR_IDLE = 1.5
/** "No measurable CPU": a thousandth of a core, milliseconds per second. */
const IDLE_MS_PER_SECOND = 1

type Figure = 'perSecond' | 'p50Us'

/**
 * Compares two lanes round by round and takes the median: both figures of a round were measured within seconds of each
 * other, so that a drift of the machine between rounds does not matter.
 */
function byRound(
  rows: readonly Row[],
  caseId: string,
  names: readonly string[],
  figure: Figure,
  combine: (...values: number[]) => number,
): number | undefined {
  const lanes = names.map((name) => rows.find((row) => row.caseId === caseId && row.name === name)?.samples)
  if (lanes.some((samples) => samples === undefined || samples.length === 0)) return undefined
  const rounds = Math.min(...lanes.map((samples) => samples?.length ?? 0))
  const value = (samples: readonly Sample[] | undefined, round: number): number =>
    samples?.[round]?.[figure] ?? Number.NaN
  return median(
    Array.from({ length: rounds }, (_, round) => combine(...lanes.map((samples) => value(samples, round)))),
  )
}

const ratio = (upper = Number.NaN, lower = Number.NaN): number => upper / lower
const addedMs = (upper = Number.NaN, lower = Number.NaN): number => (upper - lower) / 1_000
const overSlower = (upper = Number.NaN, ...alone: number[]): number => upper / Math.max(...alone)

function judge(
  what: string,
  target: string,
  value: number | undefined,
  isMet: (value: number) => boolean,
  show: (value: number) => string,
): Target {
  if (value === undefined) return { what, target, measured: 'not measured', met: undefined }
  return { what, target, measured: show(value), met: isMet(value) }
}

const times = (value: number): string => `${value.toFixed(2)} ×`
const milliseconds = (value: number): string => `${value.toFixed(3)} ms`
const megabytes = (value: number): string => `${Math.round(value / MB)} MB`

function speedTargets(rows: readonly Row[]): Target[] {
  const atLeast = (
    what: string,
    caseId: string,
    [name, other]: [string, string],
    least: number,
    than: string,
  ): Target => {
    const value = byRound(rows, caseId, [name, other], 'perSecond', ratio)
    return judge(what, `≥ ${least} × ${than}`, value, (measured) => measured >= least, times)
  }
  const added = (what: string, caseId: string, most: number): Target => {
    const value = byRound(rows, caseId, ['ours', 'direct'], 'p50Us', addedMs)
    return judge(what, `≤ ${most} ms over direct, p50`, value, (measured) => measured <= most, milliseconds)
  }
  const fanout = (what: string, caseId: string, alone: [string, string], than: string): Target => {
    const value = byRound(rows, caseId, ['ours', ...alone], 'p50Us', overSlower)
    return judge(what, `≤ 1.3 × ${than}, p50`, value, (measured) => measured <= 1.3, times)
  }
  return [
    atLeast('images, 8 at once', 'image8', ['ours', 'nginx'], 0.6, 'nginx'),
    atLeast('images, 8 at once', 'image8', ['ours', 'naive'], 4, 'naive'),
    atLeast('texts, 8 at once', 'text8', ['ours', 'naive'], 4, 'naive'),
    added('one text', 'text1', 0.25),
    added('one image', 'image1', 0.5),
    fanout(
      'fan-out, backends that take time',
      'fanoutSlow',
      ['direct, 1st alone', 'direct, 2nd alone'],
      'the slower of the two alone',
    ),
    fanout(
      'fan-out, backends that answer at once',
      'fanout1',
      ['ours, 1st alone', 'ours, 2nd alone'],
      'the slower of the two alone, through ours',
    ),
    atLeast('debug mode on, images, 8 at once', 'image8', ['ours, debug on', 'ours'], 0.5, 'debug off'),
  ]
}

function memoryTargets(burst: BurstResult | undefined): Target[] {
  const ours = burst?.bursts.find(({ name }) => name === 'ours')
  const after = `${burst?.waitSeconds ?? 60} s after`
  return [
    judge('64 images at once, RSS', '< 250 MB', ours?.peakBytes, (value) => value < 250 * MB, megabytes),
    judge(
      `64 images at once, RSS ${after}`,
      `≤ ${NEAR_IDLE} × idle`,
      ours === undefined ? undefined : ours.afterBytes / ours.idleBytes,
      (value) => value <= NEAR_IDLE,
      (value) => `${times(value)} (${megabytes(ours?.idleBytes ?? 0)} → ${megabytes(ours?.afterBytes ?? 0)})`,
    ),
  ]
}

function restTargets(coldStartMs: number | undefined, idle: Idle | undefined): Target[] {
  return [
    judge(
      'cold start, headless, to the first pong',
      '< 1 s',
      coldStartMs,
      (value) => value < 1_000,
      (value) => `${(value / 1_000).toFixed(2)} s`,
    ),
    judge(
      'idle, CPU besides the health checks',
      `< ${IDLE_MS_PER_SECOND} ms/s`,
      idle?.cpuMsPerSecondAlone,
      (value) => value < IDLE_MS_PER_SECOND,
      (value) =>
        `${value.toFixed(2)} ms/s (with two backends' checks ${idle?.cpuMsPerSecond.toFixed(2) ?? ''})`,
    ),
    judge('idle, RSS', '< 90 MB', idle?.rssBytes, (value) => value < 90 * MB, megabytes),
  ]
}

export function judgeTargets(results: Results): Target[] {
  return [
    ...speedTargets(results.rows),
    ...memoryTargets(results.burst),
    ...restTargets(results.coldStartMs, results.idle),
  ]
}
