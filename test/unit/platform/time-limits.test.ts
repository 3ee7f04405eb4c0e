import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TimeLimits } from '../../../src-main/platform/time-limits.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

describe('TimeLimits', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const ran: string[] = []
  let limits: TimeLimits
  const start = (name: string, ms: number) => limits.start(ms, () => ran.push(name))

  beforeEach(() => {
    ran.length = 0
    limits = new TimeLimits()
  })

  test('each runs out after its own time, whatever their order', () => {
    start('long', 300)
    start('short', 100)
    start('middle', 200.4)
    vi.advanceTimersByTime(99)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['short'])
    vi.advanceTimersByTime(100)
    expect(ran).toEqual(['short'])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['short', 'middle'])
    vi.advanceTimersByTime(10_000)
    expect(ran).toEqual(['short', 'middle', 'long'])
  })

  test('one that is cleared does not run out; the others do', () => {
    const cleared = start('cleared', 100)
    start('other', 200)
    expect(cleared.clear()).toBe(true)
    expect(cleared.clear()).toBe(false)
    vi.advanceTimersByTime(200)
    expect(ran).toEqual(['other'])
  })

  test('one that begins anew has its whole time again', () => {
    const limit = start('limit', 100)
    vi.advanceTimersByTime(90)
    limit.refresh()
    vi.advanceTimersByTime(99)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['limit'])
  })

  test('one that is started when all others have ended runs out too', () => {
    start('first', 100).clear()
    vi.advanceTimersByTime(150)
    start('second', 100)
    vi.advanceTimersByTime(100)
    expect(ran).toEqual(['second'])
  })

  test('one that runs out may end another that is due, and start a new one', () => {
    limits.start(100, () => {
      ran.push('first')
      due.clear()
      start('later', 50)
    })
    const due = start('due', 100)
    vi.advanceTimersByTime(149)
    expect(ran).toEqual(['first'])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['first', 'later'])
  })

  test('one that runs out may begin anew another that is due', () => {
    limits.start(100, () => other.refresh())
    const other = start('other', 100)
    vi.advanceTimersByTime(199)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['other'])
  })

  test('a callback that throws keeps no other from running out', () => {
    limits.start(100, () => {
      throw new Error('broken')
    })
    start('other', 100)
    start('later', 200)
    expect(() => vi.advanceTimersByTime(100)).toThrow('broken')
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['other'])
    vi.advanceTimersByTime(99)
    expect(ran).toEqual(['other', 'later'])
  })

  test('one that is longer than a timer of Node can be runs out in time', () => {
    const days = 60 * 24 * 60 * 60 * 1_000
    start('long', days)
    vi.advanceTimersByTime(days - 1)
    expect(ran).toEqual([])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['long'])
  })

  test('a thousand limits share one timer', () => {
    for (let index = 0; index < 1_000; index++) start('limit', 1_000 + index)
    expect(vi.getTimerCount()).toBe(1)
  })
})

test('a limit keeps no process alive', async () => {
  const script = `import { TimeLimits } from './src-main/platform/time-limits.ts'; new TimeLimits().start(600_000, () => {})`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
  // A process that waits is ended, and that rejects.
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 20_000 })
}, 30_000)
