import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LOSSES_WRITE_MS, MAX_REASON_CHARS, RECENT_LOSSES } from '../../../src-main/immich/limits.ts'
import { Losses, type Loss } from '../../../src-main/immich/losses.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { ManualClock } from '../../support/manual-clock.ts'

let folder: string
let clock: ManualClock
let losses: Losses

const open = () => new Losses({ folder, log: silentLogger(), clock })
const file = () => path.join(folder, 'state', 'losses.json')
const loss = (more: Partial<Loss> = {}): Loss => ({
  task: 'clip',
  reason: 'away',
  text: 'No healthy backend for task "clip"',
  isImmichs: true,
  ...more,
})
const lose = (count: number, more: Partial<Loss> = {}) => {
  for (let index = 0; index < count; index++) losses.add(loss(more))
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'losses-'))
  clock = new ManualClock()
  losses = open()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('those that a user has seen are forgotten, also by the next start', () => {
  lose(2)
  lose(1, { task: 'ocr' })
  lose(3, { isImmichs: false })
  losses.catchUpBegan('clip')
  lose(1)
  losses.forget(['clip'])
  losses.flush()
  for (const of of [losses, open()]) {
    expect(of.immichs().clip.count).toBe(0)
    expect(of.immichs().ocr.count).toBe(1)
    expect(of.others().clip.count).toBe(0)
  }
  losses.catchUpEnded('clip', 'uncertain')
  expect(losses.immichs().clip.count).toBe(0)
})

describe('counting', () => {
  test('by task, with time and reason', async () => {
    const at = Math.floor(clock.wall() / 1000)
    lose(2)
    await clock.advance(5_000)
    losses.add(loss({ reason: 'full', text: 'All backends are full' }))
    losses.add(loss({ task: 'facial_recognition', reason: 'timed-out', text: 'x'.repeat(1_000) }))
    const { clip, ocr, 'facial-recognition': faces } = losses.immichs()
    expect(clip).toMatchObject({ count: 3, firstAt: at, lastAt: at + 5, byReason: { away: 2, full: 1 } })
    expect(clip.recent.at(-1)).toEqual({ at: at + 5, reason: 'full', text: 'All backends are full' })
    expect(faces.recent[0]?.text.length).toBe(MAX_REASON_CHARS)
    expect(ocr.count).toBe(0)
  })

  test('what Immich has no queue for is not counted', () => {
    losses.add(loss({ task: 'constructor' }))
    losses.add(loss({ task: 'captions' }))
    expect(Object.values(losses.immichs()).every(({ count }) => count === 0)).toBe(true)
  })

  test('those of other clients are apart, and start nothing', () => {
    lose(3, { isImmichs: false })
    expect(losses.others().clip.count).toBe(3)
    expect(losses.immichs().clip.count).toBe(0)
    expect(losses.pending('clip')).toBe(0)
    expect(losses.lastLossAt('clip')).toBeUndefined()
  })

  test('hundreds are counted, the last ones are kept, and the file is written once a second', async () => {
    lose(1)
    const { mtimeMs } = statSync(file())
    lose(500)
    expect(statSync(file()).mtimeMs).toBe(mtimeMs)
    expect(losses.immichs().clip.count).toBe(501)
    expect(losses.immichs().clip.recent.length).toBe(RECENT_LOSSES)
    await clock.advance(LOSSES_WRITE_MS)
    expect(open().immichs().clip.count).toBe(501)
  })

  test('they are kept over a restart, both kinds', () => {
    lose(2)
    lose(1, { task: 'ocr', isImmichs: false })
    losses.flush()
    const next = open()
    expect(next.immichs()).toEqual(losses.immichs())
    expect(next.others().ocr.count).toBe(1)
    expect(next.pending('clip')).toBe(2)
  })

  test('a folder that cannot be written keeps counting', () => {
    writeFileSync(path.join(folder, 'state'), 'a file where the folder should be')
    lose(2)
    expect(losses.immichs().clip.count).toBe(2)
  })
})

describe('a catch-up', () => {
  test('that ends without a new loss sets them back, on the disk as well', () => {
    lose(3)
    losses.catchUpBegan('clip')
    expect(losses.pending('clip')).toBe(0)
    // Until it has ended they are shown.
    expect(losses.immichs().clip.count).toBe(3)
    losses.catchUpEnded('clip', 'done')
    expect(losses.immichs().clip).toMatchObject({ count: 0, triedInVain: false })
    losses.flush()
    expect(readFileSync(file(), 'utf8')).not.toContain('clip')
  })

  test('that ends with the same losses is not repeated by itself', () => {
    lose(3)
    losses.catchUpBegan('clip')
    lose(3)
    losses.catchUpEnded('clip', 'done')
    expect(losses.immichs().clip).toMatchObject({ count: 3, triedInVain: true })
    expect(losses.pending('clip')).toBe(0)
    losses.flush()
    expect(open().pending('clip')).toBe(0)
    // Another loss is another reason.
    lose(1)
    expect(losses.pending('clip')).toBe(4)
    expect(losses.immichs().clip.triedInVain).toBe(false)
  })

  test('that ends with fewer is worth another', () => {
    lose(3)
    losses.catchUpBegan('clip')
    lose(1)
    losses.catchUpEnded('clip', 'done')
    expect(losses.pending('clip')).toBe(1)
  })

  test('in which a backend was away: as many losses are others', () => {
    lose(3)
    losses.catchUpBegan('clip')
    lose(3)
    losses.catchUpEnded('clip', 'interrupted')
    expect(losses.pending('clip')).toBe(3)
  })

  test('of which Immich did not say that it began forgets nothing', () => {
    lose(3)
    losses.catchUpBegan('clip')
    lose(2, { reason: 'full' })
    losses.catchUpEnded('clip', 'uncertain')
    expect(losses.immichs().clip).toMatchObject({ count: 5, byReason: { away: 3, full: 2 } })
    expect(losses.pending('clip')).toBe(5)
  })

  test('that a crash ends forgets nothing', () => {
    lose(3)
    losses.catchUpBegan('clip')
    lose(1)
    losses.flush()
    const next = open()
    expect(next.isCatchingUp('clip')).toBe(true)
    expect(next.immichs().clip.count).toBe(4)
    next.catchUpEnded('clip', 'done')
    expect(next.immichs().clip.count).toBe(1)
  })

  test('of another task touches nothing', () => {
    lose(3)
    losses.catchUpBegan('ocr')
    losses.catchUpEnded('ocr', 'done')
    expect(losses.pending('clip')).toBe(3)
    losses.catchUpEnded('clip', 'done')
    expect(losses.pending('clip')).toBe(3)
  })
})
