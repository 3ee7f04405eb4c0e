/** The texts of a record in the list. Pure. */
import type { DebugRecord } from '../../src-shared/api.ts'
import { clock, duration, fullDate } from './format.ts'
import type { Row } from './rows.ts'
import { attemptsText, whatText } from './traces.ts'

export type Tone = 'healthy' | 'warning' | 'unhealthy' | 'unknown'

export function statusText({ pending, response, error }: DebugRecord): string {
  if (pending === true) return 'pending'
  if (response.statusCode > 0) return String(response.statusCode)
  return error === undefined ? 'none' : 'error'
}

const CLIENT_ERROR = 400
const SERVER_ERROR = 500

export function statusTone({ pending, response, error }: DebugRecord): Tone {
  if (pending === true) return 'unknown'
  if (response.statusCode >= SERVER_ERROR || response.statusCode === 0) return 'unhealthy'
  if (response.statusCode >= CLIENT_ERROR) return 'warning'
  return error === undefined ? 'healthy' : 'warning'
}

export const timeText = (record: DebugRecord): string => clock(new Date(record.timestamp), true)

export const dateText = (record: DebugRecord): string => fullDate(new Date(record.timestamp))

/** The title of a browser tab that shows the record. */
export const titleText = (record: DebugRecord): string =>
  `${record.request.method} ${record.request.url} ${clock(new Date(record.timestamp))}`

export const durationText = (record: DebugRecord): string =>
  record.pending === true ? '…' : duration(record.durationMs)

/** The tasks without repetition: `clip/visual`, or `ocr` for both of its types. */
export function taskText({ tasks = [] }: DebugRecord): string {
  const byTask = new Map<string, string[]>()
  for (const entry of tasks) {
    const [task = '', type = ''] = entry.split('/')
    byTask.set(task, [...(byTask.get(task) ?? []), type])
  }
  return [...byTask]
    .map(([task, types]) => (types.length > 1 ? task : `${task}/${types[0] ?? ''}`))
    .join(', ')
}

export interface Cell {
  readonly name: string
  readonly text: string
  /** The part that may be shortened. */
  readonly title: string | undefined
}

/** The text cells of a row, in which searched words are marked. */
export function cellsOf({ record, trace, isChild }: Row): Cell[] {
  // Below its cause it is told by where it went.
  const what = isChild ? record.request.url : whatText(record)
  const answered = attemptsText(trace.attempts)
  return [
    { name: 'what', text: what, title: what === '' ? undefined : what },
    { name: 'task', text: taskText(record), title: record.tasks?.join(', ') },
    { name: 'answered', text: answered, title: answered === '' ? undefined : answered },
  ]
}
