import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Status } from '../../../src-shared/api.ts'
import { EventStream } from '../../support/events.ts'
import { folder, useFolder } from '../../support/folder.ts'
import {
  errorOf,
  gpu,
  port,
  proxy,
  search,
  searchInFlight,
  start,
  startLimited,
  usePair,
  working,
} from '../../support/pair.ts'
import { freePort } from '../../support/ports.ts'
import { configOf } from '../../support/proxy.ts'

useFolder()
usePair()

/** Far more than the runner gives a test. */
const LONG_GRACE_MS = 600_000

/** Whether a new connection to a URL is refused. */
async function isRefused(url: string): Promise<boolean> {
  const { hostname, port: to } = new URL(url)
  const socket = connect({ host: hostname, port: Number(to) })
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}

/** A proxy that listens where its configuration says. */
async function startAt(first: number): Promise<string> {
  const file = path.join(folder, 'config.json')
  await writeFile(file, JSON.stringify({ ...configOf([gpu]), server: { port: first, host: '127.0.0.1' } }))
  await start({ userDataDir: folder, port: undefined, host: undefined })
  return file
}
const at = (server: object) => ({ ...configOf([gpu]), server })

describe('shutting down', () => {
  test('requests in flight finish, new connections are refused, event streams end', async () => {
    await startLimited()
    const { running, release } = await searchInFlight()
    const stream = await EventStream.open(proxy.url)
    const { url } = proxy
    const stopped = proxy.service.stop()
    await expect(fetch(new URL('/ping', url))).rejects.toThrow()
    release()
    expect((await running).status).toBe(200)
    await stopped
    await stream.ended
  })

  test('what is not done when the grace ends is cut off', async () => {
    await startLimited()
    gpu.predictFault = { kind: 'hang' }
    const hanging = expect(search('hangs')).rejects.toThrow()
    await working(gpu, 1)
    await proxy.service.stop(200)
    await hanging
  })

  test('a stop cuts off requests on the address before a move as well, although the move alone waits longer', async () => {
    await startAt(await freePort())
    gpu.predictFault = { kind: 'hang' }
    const hanging = expect(search('hangs')).rejects.toThrow()
    await working(gpu, 1)
    await proxy.configure(at({ port: await freePort(), host: '127.0.0.1' }))
    // The move alone would have given it 285 s.
    await proxy.service.stop(200)
    await hanging
  })

  test('idle keep-alive connections do not hold it up', async () => {
    await startLimited()
    await search('x')
    // With so much grace the test would time out if they did.
    await proxy.service.stop(LONG_GRACE_MS)
  })
})

describe('another address', () => {
  test('the listener moves without losing what is in flight; a port that is taken leaves the old one serving', async () => {
    const [first, second] = [await freePort(), await freePort()]
    await startAt(first)
    expect(port()).toBe(first)
    const old = proxy.url
    const { running, release } = await searchInFlight()
    await proxy.configure(at({ port: second, host: '127.0.0.1' }))
    expect(port()).toBe(second)
    expect((await proxy.get('/ping')).status).toBe(200)
    release()
    expect((await running).status).toBe(200)
    await expect.poll(() => isRefused(old)).toBe(true)

    const before: unknown = await (await proxy.get('/api/config')).json()
    const taken = await proxy.post('/api/config', at({ port: gpu.port, host: '127.0.0.1' }))
    expect(taken.status).toBe(409)
    expect(await errorOf(taken)).toContain(`Port ${gpu.port} is already taken`)
    expect(await (await proxy.get('/api/config')).json()).toEqual(before)
    expect((await proxy.get('/ping')).status).toBe(200)
  })

  test('25 moves to another port under load lose no prediction', async () => {
    await startAt(await freePort())
    let isDone = false
    const failures: string[] = []
    let answered = 0
    const client = async (): Promise<void> => {
      while (!isDone) {
        try {
          const answer = await search('a cat')
          await answer.arrayBuffer()
          if (answer.status === 200) answered++
          else failures.push(String(answer.status))
        } catch (error) {
          failures.push(String((error as Error).cause ?? error))
        }
      }
    }
    const clients = Array.from({ length: 8 }, client)
    for (let move = 1; move <= 25; move++) {
      const server = { port: await freePort(), host: move % 2 === 0 ? '127.0.0.1' : '0.0.0.0' }
      await proxy.configure(at(server))
      const before = answered
      // Traffic on the new address before the next move.
      await expect.poll(() => answered).toBeGreaterThan(before + 10)
    }
    isDone = true
    await Promise.all(clients)
    expect(failures).toEqual([])
    expect(answered).toBeGreaterThan(250)
  })

  test('another host on the same port: the old address is closed first', async () => {
    await startAt(await freePort())
    await proxy.configure(at({ port: port(), host: '0.0.0.0' }))
    expect(proxy.service.address?.host).toBe('0.0.0.0')
    expect((await proxy.get('/ping')).status).toBe(200)
    const unknown = await proxy.post('/api/config', at({ port: port(), host: '203.0.113.9' }))
    expect(unknown.status).toBe(409)
    expect(proxy.service.address?.host).toBe('0.0.0.0')
    await proxy.configure(at({ port: port(), host: '127.0.0.1' }))
    expect(proxy.service.address?.host).toBe('127.0.0.1')
    expect((await proxy.get('/ping')).status).toBe(200)
  })

  test('a port changed by hand is followed; one that is taken is told, and the old one goes on serving', async () => {
    const [first, second] = [await freePort(), await freePort()]
    const file = await startAt(first)
    const moved = once(proxy.service, 'moved')
    await writeFile(file, JSON.stringify(at({ port: second, host: '127.0.0.1' })))
    await moved
    expect(port()).toBe(second)
    const stream = await EventStream.open(proxy.url)
    await writeFile(file, JSON.stringify(at({ port: gpu.port, host: '127.0.0.1' })))
    const isTold = ({ warnings }: Status) => warnings.join().includes(`Port ${gpu.port} is already taken`)
    await stream.next('status', isTold)
    expect(isTold(proxy.service.status())).toBe(true)
    expect((await proxy.get('/ping')).status).toBe(200)
    await proxy.configure(at({ port: first, host: '127.0.0.1' }))
    expect(port()).toBe(first)
    expect(proxy.service.status().warnings.join()).not.toContain('already taken')
  })

  test('event streams on the old address end at once, predictions there go on', async () => {
    await startAt(await freePort())
    const { running, release } = await searchInFlight()
    const stream = await EventStream.open(proxy.url)
    await proxy.configure(at({ port: await freePort(), host: '127.0.0.1' }))
    await stream.ended
    release()
    expect((await running).status).toBe(200)
  })

  test('a change by hand in the middle of a save is followed after it, and nothing is left listening', async () => {
    const ports = [await freePort(), await freePort(), await freePort()]
    const [first = 0, saved = 0, byHand = 0] = ports
    await startAt(first)
    const { store } = proxy.service
    const saving = proxy.service.saveConfig({
      ...configOf([gpu]),
      server: { port: saved, host: '127.0.0.1' },
    })
    await Promise.resolve()
    // What a change by hand does once it is noticed.
    store.edit((config) => ({ ...config, server: { port: byHand, host: '127.0.0.1' } }))
    await saving
    const isOpen = (of: number) =>
      fetch(`http://127.0.0.1:${of}/ping`).then(
        () => true,
        () => false,
      )
    await expect.poll(() => Promise.all(ports.map(isOpen))).toEqual([false, true, false])
    expect([port(), store.config.server?.port]).toEqual([saved, saved])
    await proxy.service.stop(0)
    expect(await Promise.all(ports.map(isOpen))).toEqual([false, false, false])
  })

  test('two saves of one new port at the same time both hold', async () => {
    const [first, second] = [await freePort(), await freePort()]
    await startAt(first)
    const save = () => proxy.post('/api/config', at({ port: second, host: '127.0.0.1' }))
    expect((await Promise.all([save(), save()])).map((answer) => answer.status)).toEqual([200, 200])
    expect(port()).toBe(second)
  })

  test('stopping waits for requests on the address that was moved away from', async () => {
    await startAt(await freePort())
    const { running, release } = await searchInFlight()
    await proxy.configure(at({ port: await freePort(), host: '127.0.0.1' }))
    const stopped = proxy.service.stop()
    release()
    await stopped
    expect((await running).status).toBe(200)
  })
})
