/** All texts of the page /overview. */
import type { HistoryRange, HistoryState } from '../../src-shared/history.ts'
import { count, duration } from '../lib/format.ts'

export const RANGES: Readonly<Record<HistoryRange, string>> = {
  '1h': '1 hour',
  '6h': '6 hours',
  '24h': '24 hours',
}

/** The same within a sentence. */
const IN_RANGE: Readonly<Record<HistoryRange, string>> = {
  '1h': 'in the last hour',
  '6h': 'in the last 6 hours',
  '24h': 'in the last 24 hours',
}

export const STATES: Readonly<Record<HistoryState, string>> = {
  healthy: 'Healthy',
  unhealthy: 'Unhealthy',
  unknown: 'Not checked',
  away: 'Away',
  waking: 'Waking',
  paused: 'Paused',
  stopped: 'Stopped',
  starting: 'Starting',
  stopping: 'Stopping',
}

/** `99.8 %`; not 100 % where something was missing. */
export function percent(share: number): string {
  const digits = share > 0.995 && share < 1 ? 2 : 1
  const shown = Math.min(share * 100, share < 1 ? 99.99 : 100)
  return `${Number(shown.toFixed(digits))} %`
}

const perMinute = (value: number): string =>
  value === 0 || value >= 10 ? String(Math.round(value)) : value.toPrecision(2)

export const texts = {
  title: 'Overview',
  range: 'Time shown',
  task: 'Task',
  allTasks: 'All tasks',
  loading: 'Loading…',
  loadFailed: (reason: string): string => `These figures are old: ${reason}`,
  figures: {
    label: 'In short',
    photos: 'Photos answered',
    searches: 'Searches answered',
    failed: 'Failed',
    failedHint: 'Immich does not repeat a photo that failed: run its jobs for missing assets',
    noneFailed: 'Immich got an answer each time',
    now: 'At work now',
    nowHint: (waiting: number, held: number): string =>
      held > 0
        ? `${waiting} waiting, ${held} held until a backend is back`
        : waiting > 0
          ? `${waiting} waiting`
          : 'none waiting',
    inRange: (range: HistoryRange): string => IN_RANGE[range],
  },
  charts: {
    rate: 'Answers a minute',
    time: 'Time for an answer',
    rateUnit: 'a minute',
    timeUnit: 'time',
    rateValue: (value: number | null): string => (value === null ? '–' : `${perMinute(value)} a minute`),
    timeValue: (value: number | null): string => (value === null ? '–' : duration(value)),
    timeHint: 'The line is the median; 95 of 100 answers were within the shaded range.',
    rateHint: 'A gap is a time in which the program did not run.',
    nothing: 'Nothing was answered in this time.',
    table: 'As a table',
    when: 'From',
    median: (name: string): string => `${name}, median`,
    nearlyAll: (name: string): string => `${name}, 95 of 100 within`,
    most: (name: string, most: string, last: string): string => `${name}: at most ${most}, last ${last}.`,
    off: 'not running',
  },
  backends: {
    title: 'Backends',
    hint: (range: HistoryRange): string => {
      const figures = `All ${IN_RANGE[range]}`
      return range === '24h'
        ? `${figures}.`
        : `${figures}, but the percentage of uptime: that is of the last 24 hours.`
    },
    name: 'Backend',
    state: 'State',
    uptime: 'Uptime',
    answers: 'Answers',
    time: 'Median time',
    failures: 'Failures',
    waiting: 'Most waiting',
    none: 'No backends yet.',
    removed: 'not in the configuration any more',
    unknownUptime: 'not known yet',
    spark: (what: string, name: string): string => `${what} of ${name} over time`,
    strip: (name: string, parts: readonly string[]): string =>
      parts.length === 0 ? `${name} was not looked at` : `${name} was ${parts.join(', ')}`,
    part: (state: HistoryState, minutes: number): string =>
      `${STATES[state].toLowerCase()} ${count(minutes, 'minute')}`,
  },
  lastImport: {
    title: 'Who did how much',
    running: 'The import that is running',
    over: 'The last import',
    since: (from: string): string => `since ${from}`,
    between: (from: string, to: string): string => `${from} to ${to}`,
    total: (images: number): string => count(images, 'photo task'),
    hint: 'Immich asks once for each photo and task.',
    none: 'No photo was asked for in the last 24 hours.',
    backend: 'Backend',
    share: 'Share',
    all: 'All',
    time: 'Median time',
    failures: 'Failures',
  },
} as const
