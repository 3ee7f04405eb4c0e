/** Formats numbers and times. Pure. */

const KB = 1024
const MB = KB * KB
const SECOND = 1000
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function bytes(size: number): string {
  if (size < KB) return `${size} B`
  if (size < MB) return `${size < 10 * KB ? (size / KB).toFixed(1) : Math.round(size / KB)} KB`
  return `${size < 100 * MB ? (size / MB).toFixed(1) : Math.round(size / MB)} MB`
}

export function duration(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < 100 * SECOND) return `${(ms / SECOND).toFixed(ms < 10 * SECOND ? 2 : 1)} s`
  return `${Math.floor(ms / SECOND / MINUTE)} min ${Math.round((ms / SECOND) % MINUTE)} s`
}

/** How long ago, from Unix seconds. */
export function ago(at: number, nowSeconds: number): string {
  const seconds = Math.max(0, Math.round(nowSeconds - at))
  if (seconds < 5) return 'just now'
  return `${span(seconds)} ago`
}

export function span(seconds: number): string {
  if (seconds < MINUTE) return `${seconds} s`
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ${Math.floor((seconds % HOUR) / MINUTE)} min`
  return `${Math.floor(seconds / DAY)} d ${Math.floor((seconds % DAY) / HOUR)} h`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** `08:05:13.042` of the browser's day. */
export function clock(date: Date, withMs = false): string {
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
  return withMs ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time
}

const DATE = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  timeZoneName: 'short',
})

/** `Thu, 1 Jan 2026, 08:05:13.042 GMT+1`, in the browser's zone. */
export const fullDate = (date: Date): string => DATE.format(date)

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`
}
