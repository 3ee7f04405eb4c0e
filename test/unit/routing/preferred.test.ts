import { expect, test } from 'vitest'
import { preferredTo, wakesSooner } from '../../../src-shared/routing/preferred.ts'
import type { SharedTier } from '../../../src-shared/routing/tiers.ts'

const tier = (key: string, pool: string[], share: SharedTier['share'] = 'round-robin'): SharedTier => ({
  key,
  pool,
  share,
})

test('a request would rather be sent to the tiers before', () => {
  const tiers = [tier('task:clip', ['gpu', 'other']), tier('default', ['nas'])]
  expect(preferredTo('nas', tiers)).toEqual({ always: ['gpu', 'other'], ifSooner: [] })
  expect(preferredTo('gpu', tiers)).toEqual({ always: [], ifSooner: [] })
})

test('in a pool that is used in order to those before; in one shared by speed to whoever is sooner', () => {
  const pool = ['gpu', 'nas', 'pi']
  expect(preferredTo('nas', [tier('default', pool, 'in-order')])).toEqual({ always: ['gpu'], ifSooner: [] })
  expect(preferredTo('nas', [tier('default', pool, 'by-speed')])).toEqual({
    always: [],
    ifSooner: ['gpu', 'pi'],
  })
  expect(preferredTo('nas', [tier('default', pool)])).toEqual({ always: [], ifSooner: [] })
})

test('a machine is woken for what lasts longer than its start', () => {
  const nas = { answerMs: 400, slots: 2 }
  const gpu = { answerMs: 30, slots: 1 }
  // 300 images: 60 s on the one, 9 s on the other.
  expect(wakesSooner(300, nas, gpu, 60_000)).toBe(false)
  expect(wakesSooner(400, nas, gpu, 60_000)).toBe(true)
  expect(wakesSooner(300, nas, undefined, 60_000)).toBe(false)
  expect(wakesSooner(301, nas, undefined, 60_000)).toBe(true)
  expect(wakesSooner(10_000, gpu, nas, 0)).toBe(false)
})
