import { expect, test } from 'vitest'
import { Cancellation } from '../../../src-main/platform/cancellation.ts'

test('a listener is called once, and at once where the cancellation came before', () => {
  const cancellation = new Cancellation()
  let before = 0
  let after = 0
  let forgotten = 0
  const forget = (): number => forgotten++
  cancellation.listen(() => before++)
  cancellation.listen(forget)
  cancellation.forget(forget)
  cancellation.cancel()
  cancellation.listen(() => after++)
  cancellation.cancel()
  expect([before, after, forgotten]).toEqual([1, 1, 0])
})

test('of several listeners those are called that were not forgotten', () => {
  const cancellation = new Cancellation()
  const called: number[] = []
  const listeners = [0, 1, 2, 3].map((number) => () => void called.push(number))
  for (const listener of listeners) cancellation.listen(listener)
  const [first, , third] = listeners
  if (first === undefined || third === undefined) throw new Error('four listeners')
  cancellation.forget(first)
  cancellation.forget(third)
  cancellation.listen(() => void called.push(4))
  cancellation.cancel()
  expect(called.toSorted()).toEqual([1, 3, 4])
})
