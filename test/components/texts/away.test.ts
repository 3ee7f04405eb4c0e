import { expect, it } from 'vitest'
import { words } from '../../../src-renderer/texts/away.ts'
import type { ImmichStatus, QueueStatus, TaskLosses } from '../../../src-shared/immich.ts'

const { queueLines, lossLines } = words.immich
const NO_LOSS: TaskLosses = { count: 0, firstAt: 0, lastAt: 0, byReason: {}, recent: [], triedInVain: false }
const QUEUE: QueueStatus = {
  isPaused: false,
  pausedBy: null,
  active: 0,
  remaining: 0,
  catchingUp: false,
  lastCatchUpAt: null,
  leftAloneUntil: null,
}
const NO_LOSSES = { clip: NO_LOSS, 'facial-recognition': NO_LOSS, ocr: NO_LOSS }
const status = (queues: ImmichStatus['queues']): ImmichStatus => ({
  configured: true,
  guard: 'on',
  version: '2.5.0',
  missingPermissions: [],
  problems: [],
  queues,
  losses: NO_LOSSES,
  otherLosses: NO_LOSSES,
})

it('a queue is told in one line, by its name in Immich', () => {
  const queues = {
    smartSearch: { ...QUEUE, active: 2, remaining: 1_240 },
    ocr: { ...QUEUE, isPaused: true, pausedBy: 'us' as const, remaining: 7 },
  }
  const idle = { remaining: 7, ratePerMinute: 0, etaSeconds: null }
  const progress = {
    clip: { remaining: 1_240, ratePerMinute: 68.2, etaSeconds: 1_080 },
    'facial-recognition': idle,
    ocr: idle,
  }
  expect(queueLines(status(queues), progress)).toEqual([
    'Smart Search: at work, 1,240 left, 68 a minute, 18 min to go',
    'OCR: paused by this program, 7 left',
  ])
  expect(queueLines(status({ ocr: { ...QUEUE, isPaused: true, pausedBy: 'an admin' } }), undefined)).toEqual([
    'OCR: paused by an admin, 0 left',
  ])
})

it('lost images are told by task and reason', () => {
  const losses = {
    ...NO_LOSSES,
    clip: { ...NO_LOSS, count: 3, byReason: { away: 2, full: 1 }, triedInVain: true },
  }
  expect(lossLines(losses)).toEqual([
    'Smart Search: 3 images lost (nobody was there 2, all were full 1); looked for once in vain',
  ])
})

it('waking is told with what is wrong with it', () => {
  const { state } = words.wake
  expect(state({ availability: 'serving', reason: '' })).toBe('It answers.')
  expect(state({ availability: 'waking', reason: 'waking' })).toBe('It is being woken…')
  expect(state({ availability: 'waking', reason: 'waking; nothing came within 30 s' })).toBe(
    'It is being woken; nothing came within 30 s.',
  )
  expect(state({ availability: 'away', reason: 'connection refused' })).toBe(
    'It does not answer: connection refused.',
  )
})
