import { expect, test } from 'vitest'
import { Cancellation, ClientGone } from '../../../src-main/platform/cancellation.ts'
import { Gate } from '../../../src-main/predict/admission.ts'
import { QueuePositions } from '../../../src-main/predict/queue.ts'

const positions = new QueuePositions()
const gateOf = (capacity: number, timeoutMs = 10_000) => new Gate({ capacity, timeoutMs, busy: 'busy' })

test('who stands behind a waiter that gives up is served at once', async () => {
  const gate = gateOf(100)
  gate.tryTake(50)
  const impatient = new Cancellation()
  const large = gate.take(90, positions.take(false), impatient)
  const small = gate.take(10, positions.take(false), new Cancellation())
  impatient.cancel()
  await expect(large).rejects.toBeInstanceOf(ClientGone)
  await small
  expect(gate.used).toBe(60)
})

test('a large one does not starve behind small ones; one alone always fits', async () => {
  const gate = gateOf(100)
  gate.tryTake(60)
  const order: string[] = []
  const large = gate.take(500, positions.take(false), new Cancellation()).then(() => order.push('large'))
  const small = gate.take(10, positions.take(false), new Cancellation()).then(() => order.push('small'))
  expect(gate.tryTake(1)).toBe(false)
  gate.release(60)
  await large
  gate.release(500)
  await small
  expect(order).toEqual(['large', 'small'])
})

test('of those who have begun one goes on whatever the capacity; the others follow by age, before newcomers', async () => {
  const gate = gateOf(100)
  const [first, second, third] = [{}, {}, {}]
  const tickets3 = [1, 2, 3].map(() => positions.take(false))
  for (let begun = 0; begun < 3; begun++) expect(gate.tryTake(30)).toBe(true)
  const order: string[] = []
  const waitFor = (name: string, index: number, owner: object) =>
    gate
      .take(0, tickets3[index] ?? positions.take(false), new Cancellation(), owner)
      .then(() => order.push(name))
  const newcomer = gate.take(10, positions.take(false), new Cancellation()).then(() => order.push('newcomer'))
  expect(gate.grow(30, third)).toBe(true)
  expect(gate.grow(30, third)).toBe(true)
  expect(gate.grow(1, second)).toBe(false)
  const waits = [waitFor('second', 1, second)]
  expect(gate.grow(1, first)).toBe(false)
  waits.push(waitFor('first', 0, first))
  expect(gate.waiting).toBe(3)
  // What is left is still too much for all of them, but the one that went beyond is done.
  gate.release(40, third)
  await waits[1]
  expect(order).toEqual(['first'])
  expect(gate.grow(1, first)).toBe(true)
  gate.release(32, first)
  await Promise.all([...waits, newcomer])
  expect(order).toEqual(['first', 'second', 'newcomer'])
})

test('texts go before images, and a time-out says busy with 503', async () => {
  const gate = gateOf(1, 30)
  gate.tryTake(1)
  const order: string[] = []
  const image = gate.take(1, positions.take(false), new Cancellation()).then(() => order.push('image'))
  const text = gate.take(1, positions.take(true), new Cancellation()).then(() => order.push('text'))
  gate.release(1)
  await text
  gate.release(1)
  await image
  expect(order).toEqual(['text', 'image'])
  await expect(gate.take(1, positions.take(true), new Cancellation())).rejects.toMatchObject({ status: 503 })
  expect(gate.waiting).toBe(0)
})

test('a cancellation that came before is told at once', () => {
  const cancellation = new Cancellation()
  cancellation.cancel()
  let told = 0
  cancellation.listen(() => told++)
  cancellation.cancel()
  expect(told).toBe(1)
})
