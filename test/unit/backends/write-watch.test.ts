/** A backend that accepts a connection and takes nothing more of a request. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BackendClient } from '../../../src-main/backends/client.ts'
import { WRITE_CHECK_MS, WRITE_STALL_MS } from '../../../src-main/backends/limits.ts'
import { BackendError } from '../../../src-main/backends/reasons.ts'
import { makeCertificates, opensslProblem } from '../../support/certificates.ts'

/** More than the buffers of two sockets take. */
const BODY = Buffer.alloc(32 * 1024 * 1024, 'x')
/** Turns of the event loop in which the sockets of a connection on loopback have done what they can. */
const SOCKET_TURNS = 20
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
const REASON = 'took no byte of the request for 10 s; where a VPN leads there, check its MTU'

const problem = opensslProblem()
const schemes = problem === undefined ? (['http', 'https'] as const) : (['http'] as const)
if (problem !== undefined) console.log(`skipped: backends with TLS need openssl (${problem})`)

describe.each(schemes)('over %s', (scheme) => {
  let server: Server
  let client: BackendClient
  let connected: Promise<Socket>

  beforeEach(async () => {
    // The sockets themselves need theirs.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    if (scheme === 'https') {
      const certificates = makeCertificates()
      server = createTlsServer({ ...certificates.good })
      certificates.remove()
    } else server = createServer({ pauseOnConnect: true })
    connected = once(server, scheme === 'https' ? 'secureConnection' : 'connection').then(([socket]) =>
      (socket as Socket).on('error', () => undefined),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const url = `${scheme}://127.0.0.1:${port}`
    client = new BackendClient({ name: 'deaf', url, tls: { rejectUnauthorized: false } })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await client.destroy()
    server.close()
  })

  const send = (body = BODY) =>
    client
      .send({
        method: 'POST',
        path: '/predict',
        headers: [],
        chunks: [body],
        length: body.length,
        timeoutMs: 285_000,
      })
      .catch((error: unknown) => error)

  /** Lets time pass. Between two checks the sockets do what they can: on loopback some turns of the event loop are enough. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += WRITE_CHECK_MS) {
      for (let turn = 0; turn < SOCKET_TURNS; turn++) await nextTurn()
      vi.advanceTimersByTime(WRITE_CHECK_MS)
    }
  }

  test('the request fails ten seconds after the last byte was taken, and its connection is closed', async () => {
    const sending = send()
    const socket = await connected
    const closed = once(socket, 'close')
    let isOver = false
    void sending.then(() => (isOver = true))
    await pass(WRITE_STALL_MS - WRITE_CHECK_MS)
    expect(isOver).toBe(false)
    await pass(3 * WRITE_CHECK_MS)
    const error = await sending
    expect(error).toBeInstanceOf(BackendError)
    expect(error).toMatchObject({ kind: 'timeout', message: REASON, answered: false, connected: true })
    socket.resume()
    await closed
  })

  test('but a backend that takes a little now and then has all the time', async () => {
    const sending = send()
    const socket = await connected
    socket.pause()
    for (let read = 0; read < BODY.length;) {
      await pass(WRITE_STALL_MS - 2 * WRITE_CHECK_MS)
      // As much as makes the system take some more.
      for (let some = 0; some < 8 * 1024 * 1024 && read < BODY.length;) {
        const chunk = socket.read() as Buffer | null
        if (chunk === null) await nextTurn()
        some += chunk?.length ?? 0
        read += chunk?.length ?? 0
      }
    }
    socket.write(ANSWER)
    expect(await sending).toMatchObject({ status: 200 })
  })

  test('nor is one that has taken all of it and works on it', async () => {
    const sending = send(Buffer.from('photo'))
    const socket = await connected
    socket.resume()
    await pass(6 * WRITE_STALL_MS)
    socket.write(ANSWER)
    expect(await sending).toMatchObject({ status: 200 })
  })
})
