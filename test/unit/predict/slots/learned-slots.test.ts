import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../../src-main/platform/log.ts'
import type { Learned } from '../../../../src-main/predict/schedule/backend-load.ts'
import { LearnedSlots } from '../../../../src-main/predict/slots/learned-slots.ts'
import type { StateEntry } from '../../../../src-main/settings/state-file.ts'
import { folder, useFolder } from '../../../support/folder.ts'

useFolder()
const GPU = { name: 'gpu', url: 'http://gpu:3003' }
const LEARNED: Learned = {
  slots: { limit: 5, seenSlots: 4 },
  speeds: { 'clip/visual': { steadyMs: 40, coldMs: 4_000 } },
}

const slotsOf = (current: readonly StateEntry<Learned>[] = []): LearnedSlots =>
  new LearnedSlots({ folder, log: silentLogger(), current: () => current })
const file = () => path.join(folder, 'state', 'slots.json')

test('what was learned is found again for its name and URL', () => {
  const learned = slotsOf([{ ...GPU, value: LEARNED }])
  learned.start()
  learned.stop()
  expect(slotsOf().get(GPU)).toEqual(LEARNED)
  expect(slotsOf().get({ ...GPU, url: 'http://other:3003' })).toBeUndefined()
})

test('what was learned of others is forgotten', async () => {
  slotsOf([{ ...GPU, value: LEARNED }]).write()
  slotsOf([{ ...GPU, value: LEARNED }]).forgetOthers()
  expect(slotsOf().get(GPU)).toEqual(LEARNED)
  slotsOf([{ ...GPU, url: 'http://other:3003', value: LEARNED }]).forgetOthers()
  expect(slotsOf().get(GPU)).toBeUndefined()
  expect(await readFile(file(), 'utf8')).not.toContain('http://gpu')
})

describe('nothing that the file holds is trusted', () => {
  test.each([
    ['slots beyond the range', { slots: { limit: 1_000 }, speeds: {} }],
    ['no slots', { speeds: {} }],
    ['a time below 0', { slots: { limit: 2 }, speeds: { 'clip/visual': { steadyMs: -1 } } }],
    ['a time that no answer takes', { slots: { limit: 2 }, speeds: { 'clip/visual': { steadyMs: 1e300 } } }],
    ['names without end', { slots: { limit: 2 }, speeds: { ['a'.repeat(101)]: { steadyMs: 1 } } }],
    [
      'kinds of work without end',
      {
        slots: { limit: 2 },
        speeds: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [index, { steadyMs: 1 }])),
      },
    ],
  ])('%s', async (_what, value) => {
    await mkdir(path.dirname(file()))
    await writeFile(file(), JSON.stringify({ entries: [{ ...GPU, value }] }))
    expect(slotsOf().get(GPU)).toBeUndefined()
  })
})

test('a folder that cannot be written costs nothing else', async () => {
  await writeFile(path.join(folder, 'state'), 'a file in the way')
  const learned = slotsOf([{ ...GPU, value: LEARNED }])
  expect(() => learned.write()).not.toThrow()
})
