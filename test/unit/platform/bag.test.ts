import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bag, type Slot } from '../../../src-main/platform/bag.ts'

describe('Bag', () => {
  test('for any comings and goings it holds what a Set would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.nat(), { nil: 'add' as const, freq: 2 }), { minLength: 10 }),
        (steps) => {
          const bag = new Bag<number>()
          const expected = new Set<number>()
          const slots: Slot<number>[] = []
          for (const [index, step] of steps.entries()) {
            if (step === 'add') {
              slots.push(bag.add(index))
              expected.add(index)
              continue
            }
            const slot = slots[step % slots.length]
            if (slot !== undefined) expect(bag.remove(slot)).toBe(expected.delete(slot.item))
          }
          expect(bag.size).toBe(expected.size)
          expect([...bag].sort((a, b) => a - b)).toEqual([...expected])
        },
      ),
    )
  })

  test('taking out while looking at each misses none', () => {
    const bag = new Bag<string>()
    const slots = ['a', 'b', 'c'].map((name) => bag.add(name))
    const seen: string[] = []
    for (const name of bag) {
      seen.push(name)
      for (const slot of slots) bag.remove(slot)
    }
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(bag.size).toBe(0)
  })
})
