/** Magic packets over real sockets. They go to 127.255.255.255 alone. */
import { execFile } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pingBackend } from '../../../src-main/backends/ping.ts'
import { BackendClient } from '../../../src-main/backends/client.ts'
import { magicPacket, sendMagicPackets } from '../../../src-main/backends/magic-packet.ts'
import { Waker } from '../../../src-main/backends/wake.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { namespaceProblem } from '../../support/namespace.ts'
import { freePort } from '../../support/ports.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

const MAC = '02:00:00:00:00:05'
const BROADCAST = '127.255.255.255'
const ROOT = path.resolve(import.meta.dirname, '../../..')

/** A network card that listens for its magic packet. */
let card: Socket
const received: Buffer[] = []
const wake = () => ({ mac: MAC, broadcast: BROADCAST, port: card.address().port })

beforeEach(async () => {
  received.length = 0
  card = createSocket('udp4')
  card.on('message', (message) => received.push(message))
  // Bound to the broadcast address itself: on loopback a socket of 127.0.0.1 does not get broadcasts.
  card.bind(0, BROADCAST)
  await once(card, 'listening')
})
afterEach(() => void card.close())

// Elsewhere no socket can be bound to the broadcast address of loopback.
describe.skipIf(process.platform !== 'linux')('magic packets', () => {
  test('three arrive, each with the machine’s address', async () => {
    await sendMagicPackets(wake(), [BROADCAST])
    await expect.poll(() => received.length).toBe(3)
    for (const packet of received) expect(packet.equals(magicPacket(MAC))).toBe(true)
  })

  test('start a sleeping backend, whose answer ends it', async () => {
    let backend: SimulatedBackend | undefined
    const port = await freePort()
    card.once(
      'message',
      () => void startBackend({ name: 'gpu', port }).then((started) => (backend = started)),
    )
    const client = new BackendClient({ name: 'gpu', url: `http://127.0.0.1:${port}` })
    const waker = new Waker({ name: 'gpu', wake: wake(), log: silentLogger(), onChange: () => undefined })
    try {
      const ping = async () => {
        const { ok } = await pingBackend(client, { timeoutMs: 1_000, hops: 'x' })
        if (ok) waker.answered()
        return ok
      }
      expect(await ping()).toBe(false)
      expect(waker.need('image')).toBe(true)
      await expect.poll(ping).toBe(true)
      expect(waker.status).toEqual({ state: 'idle', problem: '' })
    } finally {
      waker.stop()
      await client.destroy()
      await backend?.stop()
    }
  })

  test('without the right to broadcast the error says what to do', async () => {
    // The kernel refuses a broadcast from a socket that did not ask for the right: what a container’s limits do too.
    const withoutRight = (): Socket => Object.assign(createSocket('udp4'), { setBroadcast: () => undefined })
    await expect(sendMagicPackets(wake(), [BROADCAST], withoutRight)).rejects.toMatchObject({
      code: 'WAKE_FAILED',
      message: expect.stringContaining('does not let this program send broadcasts') as string,
    })
    expect(received).toEqual([])
  })

  test('without any network of its own it says so', async () => {
    await expect(sendMagicPackets(wake(), [])).rejects.toThrow('no network leads there; set wake.broadcast')
  })

  const problem = namespaceProblem()
  test.skipIf(problem !== undefined)('without a route it says so', async () => {
    // A new network namespace has not even a loopback that is up.
    const script = `
      import { sendMagicPackets } from './src-main/backends/magic-packet.ts'
      const wake = { mac: '${MAC}', broadcast: '${BROADCAST}' }
      sendMagicPackets(wake, ['${BROADCAST}']).then(() => console.log('sent'), (error) => console.log(error.message))`
    const unshare = process.getuid?.() === 0 ? ['--net'] : ['--map-root-user', '--net']
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)('unshare', [...unshare, ...node], { cwd: ROOT })
    expect(stdout).toContain('no network leads there; set wake.broadcast')
  })
})
