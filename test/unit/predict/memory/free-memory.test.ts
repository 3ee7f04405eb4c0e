import { expect, test } from 'vitest'
import { freeMemory } from '../../../../src-main/predict/memory/free-memory.ts'

test('frees bytes that have their memory for themselves', () => {
  const before = process.memoryUsage().arrayBuffers
  const bytes = Buffer.allocUnsafeSlow(8 * 1024 * 1024)
  freeMemory(bytes)
  expect(bytes).toHaveLength(0)
  // No collection was waited for.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
})

test('leaves bytes alone whose memory others use', () => {
  const whole = Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer)
  freeMemory(whole.subarray(0, 3))
  freeMemory(whole.subarray(1))
  freeMemory(whole.subarray(2, 2))
  expect([...whole]).toEqual([1, 2, 3, 4])
})

test('leaves memory alone that may not be taken away', () => {
  const bytes = Buffer.from(new WebAssembly.Memory({ initial: 1 }).buffer)
  freeMemory(bytes)
  expect(bytes).toHaveLength(65_536)
})
