import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  IDLE_CLOSE_AFTER_MS,
  IDLE_CLOSE_WITHIN_MS,
  IDLE_CONNECTION_MS,
} from '../../../src-main/backends/limits.ts'
import { ResetWatch } from '../../../src-main/backends/reset-watch.ts'

let now = 0
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => now))
afterEach(() => void vi.restoreAllMocks())

const reset = (): Error => Object.assign(new Error('reset'), { code: 'ECONNRESET' })

/** A connection on which a request is sent after it was idle for so long. */
function idle(ms: number): { socket: Socket; watch: ResetWatch } {
  now = 10_000
  const socket = new Socket()
  const watch = new ResetWatch(socket)
  watch.begin()
  watch.answered()
  now += ms
  watch.begin()
  return { socket, watch }
}

describe('a connection that was idle, closed in order', () => {
  test('is read as such where this program was busy meanwhile, however long', () => {
    const { socket, watch } = idle(IDLE_CLOSE_AFTER_MS)
    now += 10 * IDLE_CLOSE_WITHIN_MS
    socket.emit('end')
    expect(watch.wasRead).toBe(false)
  })

  test('is none where the loop has turned and the time is over: the request was read', async () => {
    const { socket, watch } = idle(IDLE_CLOSE_AFTER_MS)
    await nextTurn()
    await nextTurn()
    await nextTurn()
    now += IDLE_CLOSE_WITHIN_MS + 1
    socket.emit('end')
    expect(watch.wasRead).toBe(true)
  })
})

test('a reset counts as a close where the connection was older than one is kept', () => {
  const { socket, watch } = idle(IDLE_CONNECTION_MS + IDLE_CLOSE_AFTER_MS + 1)
  now += 500
  socket.emit('error', reset())
  expect(watch.wasRead).toBe(false)
})

test('a reset on a connection that is in use counts as read', () => {
  const { socket, watch } = idle(IDLE_CLOSE_AFTER_MS - 1)
  socket.emit('error', reset())
  expect(watch.wasRead).toBe(true)
})
