/** Windows of the week in local time, as `yield.schedule` lists them. Pure, browser-safe. */

/** One window: on each of its days from one time of day to another, or to that time of the next day. */
export interface ScheduleWindow {
  /** As `Date.getDay()` counts: 0 is Sunday. */
  readonly days: ReadonlySet<number>
  /** Minutes since midnight, 0 to 1,439. */
  readonly from: number
  /** Minutes since midnight, 1 to 1,440; not after `from` where the window ends on the next day. */
  readonly to: number
}

const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const DAYS = DAY_NAMES.length
const MINUTES_OF_HOUR = 60
const MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR
const MINUTE_MS = 60_000
/** The end of a window, or of windows that follow each other, is looked for so far ahead: more than a week. */
const LOOK_AHEAD_MINUTES = 8 * MINUTES_OF_DAY
export const LOOK_AHEAD_MS = LOOK_AHEAD_MINUTES * MINUTE_MS

/** "Mon-Fri 17:00-23:00": days, which may be left out, and two times of day. */
const WINDOW = /^(?:([a-z][a-z\s,–-]*?)\s+)?(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$/i
const EXAMPLE = 'Mon-Fri 17:00-23:00'

function parseDays(text: string): Set<number> | undefined {
  const days = new Set<number>()
  for (const part of text.split(',')) {
    const [first, last = first, more] = part
      .split(/[-–]/)
      .map((name) => DAY_NAMES.indexOf(name.trim().toLowerCase()))
    if (first === undefined || last === undefined || more !== undefined || first < 0 || last < 0)
      return undefined
    // Fri-Mon goes over the end of the week.
    for (let day = first; ; day = (day + 1) % DAYS) {
      days.add(day)
      if (day === last) break
    }
  }
  return days
}

function minutesOf(hour: string, minute: string): number | undefined {
  const minutes = Number(hour) * MINUTES_OF_HOUR + Number(minute)
  return Number(minute) < MINUTES_OF_HOUR && minutes <= MINUTES_OF_DAY ? minutes : undefined
}

/** Reads a window; a text where it cannot be one: why, as the end of a sentence. */
export function parseWindow(text: string): ScheduleWindow | string {
  const malformed = `must be like "${EXAMPLE}"`
  const [, dayText, fromHour = '', fromMinute = '', toHour = '', toMinute = ''] =
    WINDOW.exec(text.trim()) ?? []
  const days = dayText === undefined ? new Set(DAY_NAMES.keys()) : parseDays(dayText)
  const [from, to] = [minutesOf(fromHour, fromMinute), minutesOf(toHour, toMinute)]
  if (fromHour === '' || days === undefined || from === undefined || to === undefined) return malformed
  if (from === MINUTES_OF_DAY || to === 0)
    return `${malformed}; midnight is 00:00 at the beginning and 24:00 at the end`
  if (from === to) return 'begins and ends at the same time; the whole day is 00:00-24:00'
  return { days, from, to }
}

/** The windows of a schedule; what is none is left out. */
export function parseSchedule(schedule: readonly string[]): ScheduleWindow[] {
  return schedule.map(parseWindow).filter((window) => typeof window !== 'string')
}

/**
 * Whether the clock on the wall shows a time of a window. Read so, and not by adding hours, a window is right on the two
 * days a year on which clocks change: a time that is skipped does not come, and one that comes twice counts twice.
 */
function isInside(windows: readonly ScheduleWindow[], at: number): boolean {
  const date = new Date(at)
  const [day, minute] = [date.getDay(), date.getHours() * MINUTES_OF_HOUR + date.getMinutes()]
  const dayBefore = (day + DAYS - 1) % DAYS
  return windows.some(({ days, from, to }) => {
    if (from < to) return days.has(day) && minute >= from && minute < to
    return (days.has(day) && minute >= from) || (days.has(dayBefore) && minute < to)
  })
}

/**
 * When the windows that a moment lies in end, Unix milliseconds: undefined where it lies in none, Infinity where they do
 * not end within 8 days. All changes of local time are at whole minutes, so each is looked at.
 * @param at Unix milliseconds
 */
export function windowEnd(windows: readonly ScheduleWindow[], at: number): number | undefined {
  if (windows.length === 0 || !isInside(windows, at)) return undefined
  const first = Math.floor(at / MINUTE_MS) + 1
  for (let minute = first; minute < first + LOOK_AHEAD_MINUTES; minute++) {
    if (!isInside(windows, minute * MINUTE_MS)) return minute * MINUTE_MS
  }
  return Infinity
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

const DAY_MS = MINUTES_OF_DAY * MINUTE_MS
/** A day of the week names one day alone within so many. */
const WEEKDAY_DAYS = 6

/**
 * A moment in local time as a person says it: "18:30" today, "Fri 06:00" within a week, else "2026-11-27 06:00". Right for
 * as long as it is shown, over midnight too.
 * @param now the moment at which it is said; both Unix milliseconds
 */
export function timeText(at: number, now: number): string {
  const then = new Date(at)
  const time = `${twoDigits(then.getHours())}:${twoDigits(then.getMinutes())}`
  if (then.toDateString() === new Date(now).toDateString()) return time
  const weekday = DAY_NAMES[then.getDay()] ?? ''
  if (at > now && at - now < WEEKDAY_DAYS * DAY_MS) {
    return `${weekday.charAt(0).toUpperCase()}${weekday.slice(1)} ${time}`
  }
  return `${then.getFullYear()}-${twoDigits(then.getMonth() + 1)}-${twoDigits(then.getDate())} ${time}`
}
