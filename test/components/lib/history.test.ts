import { describe, expect, it } from 'vitest'
import {
  axisEnd,
  chartSeries,
  importTable,
  minutesByState,
  most,
  rateOf,
  loneSteps,
  sparkPath,
  stepTimes,
  stretches,
  tasksIn,
} from '../../../src-renderer/lib/history.ts'
import { percent } from '../../../src-renderer/texts/overview.ts'
import { taskWords } from '../../../src-renderer/texts/tasks.ts'
import type { History, HistoryBackend, HistoryFigures } from '../../../src-shared/history.ts'

const figures = (images: (number | null)[]): HistoryFigures => ({
  images,
  texts: images.map((value) => (value === null ? null : 0)),
  failures: images,
  p50Ms: images,
  p95Ms: images,
  total: {
    images: images.reduce<number>((all, one) => all + (one ?? 0), 0),
    texts: 0,
    failures: 0,
    p50Ms: 1,
    p95Ms: 1,
  },
})

const backend = (name: string, more: Partial<HistoryBackend> = {}): HistoryBackend => ({
  name,
  isConfigured: true,
  uptime: 1,
  states: ['healthy', null, 'unhealthy'],
  waiting: [],
  running: [],
  all: figures([10, null, 20]),
  tasks: [{ task: 'ocr', ...figures([1, null, 2]) }],
  ...more,
})

const history = (backends: HistoryBackend[]): History => ({
  range: '24h',
  from: 600,
  stepSeconds: 600,
  minutesOn: [10, 0, 5],
  held: [],
  replies: { images: [], texts: [], failedImages: [], failedTexts: [] },
  backends,
  lastImport: null,
})

describe('the charts', () => {
  it('show answers a minute of the time in which the program ran, and a gap where it did not', () => {
    expect(rateOf(figures([10, null, 20]), [10, 0, 5])).toEqual([1, null, 4])
    expect(stepTimes(history([]))).toEqual([600, 1200, 1800])
  })

  it('have a line for each backend that did the task', () => {
    const both = history([backend('gpu'), backend('nas', { tasks: [] })])
    expect(chartSeries(both, '').map(({ name }) => name)).toEqual(['gpu', 'nas'])
    expect(chartSeries(both, 'ocr').map(({ name, rate }) => [name, rate])).toEqual([
      ['gpu', [0.1, null, 0.4]],
    ])
    expect(tasksIn(both)).toEqual(['ocr'])
  })

  it('leave out a backend that was removed and did nothing', () => {
    const gone = backend('attic', { isConfigured: false, all: figures([0, null, 0]) })
    expect(chartSeries(history([gone]), '')).toEqual([])
  })
})

describe('a sparkline', () => {
  it('begins anew after a gap, and shows a value that stands alone', () => {
    expect(sparkPath([0, 10, null, 5, null], 40, 10)).toBe('M0.0 10.0L10.0 0.0M30.0 5.0h0.1')
    expect(sparkPath([0, 0], 10, 10)).toBe('M0.0 10.0L10.0 10.0')
    expect(sparkPath([], 10, 10)).toBe('')
  })

  it('has steps that no line leads to', () =>
    expect(loneSteps([3, null, 1, 2, null, null, 4])).toEqual([0, 6]))

  it('has a most', () => expect([most([null, 3, 1]), most([null])]).toEqual([3, null]))
})

describe('states', () => {
  it('are stretches and minutes', () => {
    expect(stretches(['healthy', 'healthy', null, 'unhealthy'])).toEqual([
      { state: 'healthy', from: 0, steps: 2 },
      { state: null, from: 2, steps: 1 },
      { state: 'unhealthy', from: 3, steps: 1 },
    ])
    expect(minutesByState(backend('gpu'), history([]))).toEqual([
      ['healthy', 10],
      ['unhealthy', 5],
    ])
  })
})

describe('who did how much', () => {
  it('is by backend and task, with shares', () => {
    const part = { failures: 0, p50Ms: null }
    const parts = [
      { ...part, backend: 'nas', task: 'ocr', images: 1, failures: 2 },
      { ...part, backend: 'gpu', task: 'ocr', images: 2 },
      { ...part, backend: 'gpu', task: 'clip/visual', images: 1 },
    ]
    expect(importTable({ from: 0, to: 60, isRunning: true, parts })).toEqual({
      tasks: ['clip/visual', 'ocr'],
      images: 4,
      rows: [
        { backend: 'gpu', images: 3, share: 0.75, failures: 0, byTask: [1, 2] },
        { backend: 'nas', images: 1, share: 0.25, failures: 2, byTask: [0, 1] },
      ],
    })
  })
})

describe('words', () => {
  it.each([
    [1, '100 %'],
    [0.9999, '99.99 %'],
    [0.99999, '99.99 %'],
    [0.5, '50 %'],
    [0.6384, '63.8 %'],
    [0, '0 %'],
  ])('%d is %s', (share, text) => expect(percent(share)).toBe(text))

  it('name tasks as a home user would', () => {
    expect(taskWords('clip/textual')).toEqual({
      words: 'Smart search: search words',
      technical: 'clip textual',
    })
    expect(taskWords('own')).toEqual({ words: 'own', technical: '' })
  })
})

it('an axis without a value above 0 has ticks that can be read', () => {
  expect(axisEnd(100)).toBeCloseTo(108)
  expect(axisEnd(0)).toBe(10)
  expect(axisEnd(null)).toBe(10)
})
