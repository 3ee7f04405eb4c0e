import { expect, test } from 'vitest'
import { WaitQueue, type QueuePosition } from '../../../src-main/predict/queue.ts'

const image = (number: number): QueuePosition => ({ isText: false, number })
const text = (number: number): QueuePosition => ({ isText: true, number })

/** A queue of names, and the clock that it reads. */
function queueOf() {
  const clock = { now: 0 }
  const queue = new WaitQueue<string>(() => clock.now)
  const add = (name: string, position: QueuePosition): void => queue.add({ position, item: name })
  const take = (count: number): (string | undefined)[] =>
    Array.from({ length: count }, () => {
      const first = queue.first()?.item
      const taken = queue.takeFirst(() => true)
      expect(taken).toBe(first)
      return taken
    })
  return { clock, queue, add, take }
}

test('texts go first; an image that waited 2 s gets every fourth turn', () => {
  const { clock, add, take } = queueOf()
  add('photo 1', image(1))
  add('photo 2', image(2))
  for (let number = 3; number < 15; number++) add(`text ${number}`, text(number))
  expect(take(4)).toEqual(['text 3', 'text 4', 'text 5', 'text 6'])
  clock.now = 1_999
  expect(take(1)).toEqual(['text 7'])
  clock.now = 2_000
  expect(take(5)).toEqual(['photo 1', 'text 8', 'text 9', 'text 10', 'photo 2'])
  expect(take(5)).toEqual(['text 11', 'text 12', 'text 13', 'text 14', undefined])
})

test('only one that fits gets it', () => {
  const { clock, queue, add, take } = queueOf()
  add('photo for another backend', image(1))
  for (let number = 2; number < 7; number++) add(`text ${number}`, text(number))
  clock.now = 5_000
  take(3)
  expect(queue.takeFirst((name) => name.startsWith('text'))).toBe('text 5')
  expect(take(2)).toEqual(['photo for another backend', 'text 6'])
})
