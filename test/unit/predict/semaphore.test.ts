import { expect, test } from 'vitest'
import { Cancellation, ClientGone } from '../../../src-main/platform/cancellation.ts'
import type { QueuePosition } from '../../../src-main/predict/queue.ts'
import { PrioritySemaphore } from '../../../src-main/predict/semaphore.ts'

const image = (number: number): QueuePosition => ({ isText: false, number })
const text = (number: number): QueuePosition => ({ isText: true, number })
const never = new Cancellation()

/** Permits are waited for as long as a test takes, unless it says otherwise. */
function semaphoreOf(capacity: number, timeoutMs = 10_000, textShare = 0) {
  const semaphore = new PrioritySemaphore({ capacity, textShare, busy: 'busy' })
  return {
    acquire: (units: number, position: QueuePosition, cancellation: Cancellation) =>
      Promise.resolve(semaphore.acquire(units, position, cancellation, timeoutMs)),
    get used() {
      return semaphore.used
    },
    get waiting() {
      return semaphore.waiting
    },
  }
}

/** Notes the order in which acquired permits came. */
function inOrder() {
  const order: string[] = []
  const note =
    (name: string) =>
    <T>(permit: T): T => {
      order.push(name)
      return permit
    }
  return { order, note }
}

test('a request that stands behind one that gives up is served at once', async () => {
  const semaphore = semaphoreOf(100)
  await semaphore.acquire(50, image(1), never)
  const impatient = new Cancellation()
  const large = semaphore.acquire(90, image(2), impatient)
  const small = semaphore.acquire(10, image(3), never)
  expect(semaphore.waiting).toBe(2)
  impatient.cancel()
  await expect(large).rejects.toBeInstanceOf(ClientGone)
  await small
  expect(semaphore.used).toBe(60)
})

test('a large request does not starve behind small ones, and one alone fits whatever its size', async () => {
  const semaphore = semaphoreOf(100)
  const { order, note } = inOrder()
  const first = await semaphore.acquire(60, image(1), never)
  const large = semaphore.acquire(500, image(2), never).then(note('large'))
  const small = semaphore.acquire(10, image(3), never).then(note('small'))
  first.release()
  const permit = await large
  expect([semaphore.used, semaphore.waiting]).toEqual([500, 1])
  permit.release()
  await small
  expect(order).toEqual(['large', 'small'])
})

test('a text is served before the images that wait, at once where there is enough for it', async () => {
  const semaphore = semaphoreOf(100)
  const { order, note } = inOrder()
  const first = await semaphore.acquire(60, image(1), never)
  const waiting = semaphore.acquire(60, image(2), never).then(note('image'))
  await semaphore.acquire(10, text(3), never).then(note('small text'))
  const large = semaphore.acquire(50, text(4), never).then(note('large text'))
  expect(semaphore.waiting).toBe(2)
  first.release()
  const permit = await large
  permit.release()
  await waiting
  expect(order).toEqual(['small text', 'large text', 'image'])
})

test('a wait in vain is a 503 with the sentence, and leaves no waiter behind', async () => {
  const semaphore = semaphoreOf(1, 30)
  await semaphore.acquire(1, image(1), never)
  const late = semaphore.acquire(1, text(2), never)
  await expect(late).rejects.toMatchObject({ code: 'BUSY', status: 503, message: 'busy' })
  expect([semaphore.used, semaphore.waiting]).toEqual([1, 0])
})

test('a permit gives its units back once', async () => {
  const semaphore = semaphoreOf(10)
  const permit = await semaphore.acquire(4, image(1), never)
  await semaphore.acquire(5, image(2), never)
  permit.release()
  permit.release()
  expect(semaphore.used).toBe(5)
})

test('many requests of any size, some of which give up, are all served and never together too large', async () => {
  const capacity = 20
  const semaphore = semaphoreOf(capacity)
  let held = 0
  let served = 0
  const run = async (number: number): Promise<void> => {
    const units = 1 + ((number * 7) % 30)
    const cancellation = new Cancellation()
    const acquiring = semaphore.acquire(units, number % 5 === 0 ? text(number) : image(number), cancellation)
    if (number % 11 === 0) cancellation.cancel()
    try {
      const permit = await acquiring
      held += units
      expect(held <= capacity || held === units).toBe(true)
      await Promise.resolve()
      held -= units
      served++
      permit.release()
    } catch (error) {
      expect(error).toBeInstanceOf(ClientGone)
    }
  }
  await Promise.all(Array.from({ length: 200 }, (_, index) => run(index + 1)))
  expect([semaphore.used, semaphore.waiting]).toEqual([0, 0])
  expect(served).toBeGreaterThanOrEqual(200 - Math.floor(200 / 11))
})

test('images leave a share for texts; what an image releases in it goes to none of them', async () => {
  const semaphore = semaphoreOf(8, 10_000, 2)
  const held = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((number) => semaphore.acquire(1, image(number), never)),
  )
  const { order, note } = inOrder()
  const waiting = semaphore.acquire(1, image(7), never).then(note('image'))
  const texts = await Promise.all([8, 9].map((number) => semaphore.acquire(1, text(number), never)))
  const third = semaphore.acquire(1, text(10), never).then(note('text'))
  expect(semaphore.waiting).toBe(2)
  held[0]?.release()
  await third
  held[1]?.release()
  texts[0]?.release()
  await Promise.resolve()
  expect(order).toEqual(['text'])
  texts[1]?.release()
  await waiting
  expect([semaphore.used, semaphore.waiting]).toEqual([6, 0])
})
