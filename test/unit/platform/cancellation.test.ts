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
