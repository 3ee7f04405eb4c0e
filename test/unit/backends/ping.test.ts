/** What the ping of a backend says of ports that speak something else, and what to change. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createSecureServer, createServer as createHttp2Server } from 'node:http2'
import https from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { BackendClient } from '../../../src-main/backends/client.ts'
import { PROBE_TIMEOUT_MS } from '../../../src-main/backends/limits.ts'
import { pingBackend, type PingResult } from '../../../src-main/backends/ping.ts'
import { makeCertificates, opensslProblem } from '../../support/certificates.ts'
import { DeafBackend } from '../../support/deaf-backend.ts'
import { httpAnswer, RawServer, type Respond } from '../../support/raw-server.ts'
import { turnsUntil } from '../../support/turns.ts'

const TLS_PORT = 'the port speaks TLS; write https:// in the URL'
const HTTP2_ONLY =
  /^(?:\/ping answered \d+; )?the backend speaks HTTP\/2 only; let it, or the reverse proxy before it, speak HTTP\/1\.1 too$/

const stops: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const stop of stops.splice(0)) stop()
})

async function ping(url: string, timeoutMs = 5_000): Promise<PingResult> {
  const client = new BackendClient({ name: 'a', url, tls: { rejectUnauthorized: false } })
  try {
    return await pingBackend(client, { timeoutMs, hops: 'me' })
  } finally {
    await client.destroy()
  }
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(() => server.close())
  return (server.address() as AddressInfo).port
}

async function answering(respond: Respond): Promise<RawServer> {
  const server = await RawServer.start(respond)
  stops.push(() => server.stop())
  return server
}

describe('an answer of a ping', () => {
  const answered = async (status: string, body = '', path = ''): Promise<PingResult> => {
    const server = await answering((socket) => void socket.write(httpAnswer(status, body)))
    return ping(server.url + path)
  }

  test.each(['200 OK', '201 Created', '204 No Content', '299 Odd'])(
    '%s is good, as for Immich',
    async (status) => {
      expect(await answered(status, status.startsWith('204') ? '' : '{"status":"up"}')).toMatchObject({
        ok: true,
        error: '',
        statusCode: Number(status.slice(0, 3)),
      })
    },
  )

  test.each([
    ['302 Found', '', '/ping answered 302, a redirect; give the final URL'],
    ['401 Unauthorized', '', '/ping answered 401; it wants credentials, add them as a header'],
    ['404 Not Found', '', '/ping answered 404'],
    ['400 Bad Request', 'Bad Request', '/ping answered 400'],
    // nginx, Apache, Go.
    ['400 Bad Request', '<center>The plain HTTP request was sent to HTTPS port</center>', TLS_PORT],
    ['400 Bad Request', "Reason: You're speaking plain HTTP to an SSL-enabled server port.", TLS_PORT],
    ['400 Bad Request', 'Client sent an HTTP request to an HTTPS server.\n', TLS_PORT],
  ])('%s %j says: %s', async (status, body, text) => {
    expect(await answered(status, body)).toMatchObject({ ok: false, error: text })
  })

  test.each(['426 Upgrade Required', '505 HTTP Version Not Supported'])('%s wants HTTP/2', async (status) => {
    expect((await answered(status)).error).toMatch(HTTP2_ONLY)
  })

  test.each([
    ['/predict', '/ping answered 404; leave /predict out of the URL, the proxy adds the paths itself'],
    ['/ml/predict/', '/ping answered 404; leave /predict/ out of the URL, the proxy adds the paths itself'],
    ['/ping', '/ping answered 404; leave /ping out of the URL, the proxy adds the paths itself'],
    ['/predicted', '/ping answered 404'],
    ['/predict/ml', '/ping answered 404'],
  ])('below %s names what is too much in the URL', async (path, text) => {
    expect((await answered('404 Not Found', '', path)).error).toBe(text)
  })

  test('below a path that ends like a call is good where the server has it', async () => {
    expect(await answered('200 OK', 'pong', '/predict')).toMatchObject({ ok: true })
  })
})

describe('plain HTTP', () => {
  test.skipIf(opensslProblem() !== undefined)('on a port for TLS that closes it without a word', async () => {
    const certificates = makeCertificates()
    const server = https.createServer({ ...certificates.good })
    certificates.remove()
    const { error, connected } = await ping(`http://127.0.0.1:${await portOf(server)}`)
    expect([error, connected]).toEqual([TLS_PORT, true])
  })

  test('on a port for TLS that answers with an alert', async () => {
    // A record with a fatal alert: unexpected message.
    const server = await answering((socket) => void socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 10])))
    expect((await ping(server.url)).error).toBe(TLS_PORT)
  })

  test('on a port for HTTP/2 alone, which answers in it', async () => {
    const server = createHttp2Server()
    expect((await ping(`http://127.0.0.1:${await portOf(server)}`)).error).toMatch(HTTP2_ONLY)
  })

  test('on a port for HTTP/2 alone that closes it without a word', async () => {
    const server = await answering((socket, request) => {
      if (request.startsWith('PRI * HTTP/2.0')) socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
      else socket.destroy()
    })
    expect((await ping(server.url)).error).toMatch(HTTP2_ONLY)
  })

  test('on a port that closes everything is what it is, in good time', async () => {
    const closing = await answering((socket) => void socket.destroy())
    expect((await ping(closing.url)).error).toBe('connection reset')
    const silent = await answering((socket, request) => {
      if (request.startsWith('GET')) socket.destroy()
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const asked = ping(silent.url, 1_500)
    // The ping, and a connection for each of the two protocols that the port may speak.
    await turnsUntil(() => silent.accepted === 3)
    vi.advanceTimersByTime(PROBE_TIMEOUT_MS)
    const { error, durationMs } = await asked
    expect(error).toBe('connection reset')
    expect(durationMs, 'of the ping alone').toBe(0)
  })

  test('answered by something else is not asked again', async () => {
    const server = await answering((socket) => void socket.end('SSH-2.0-x\r\n'))
    expect((await ping(server.url)).error).toBe('not an HTTP answer')
    expect(server.accepted).toBe(1)
  })
})

test.skipIf(opensslProblem() !== undefined)('TLS on a port for HTTP/2 alone', async () => {
  const certificates = makeCertificates()
  const server = createSecureServer({ ...certificates.good })
  certificates.remove()
  expect((await ping(`https://127.0.0.1:${await portOf(server)}`)).error).toMatch(HTTP2_ONLY)
})

test('plain HTTP that is late is not asked what else it speaks', async () => {
  const server = createServer(() => undefined)
  const { error, timedOut } = await ping(`http://127.0.0.1:${await portOf(server)}`, 100)
  expect([error, timedOut]).toEqual(['timed out after 0.1 s', true])
  server.closeAllConnections()
})

describe('a ping over TLS that gets no answer', () => {
  test('had a connection where the machine has accepted it', async () => {
    const server = createTcpServer((socket) => void socket.on('error', () => undefined).resume())
    const result = await ping(`https://127.0.0.1:${await portOf(server)}`, 300)
    expect(result).toMatchObject({ timedOut: true, connected: true })
  })

  test.skipIf(process.platform !== 'linux')('had none where the machine is gone', async () => {
    const backend = await DeafBackend.start()
    stops.push(() => void backend.stop())
    backend.deafen()
    await expect
      .poll(async () => {
        const { timedOut, connected } = await ping(`https://127.0.0.1:${backend.port}`, 300)
        return [timedOut, connected]
      })
      .toEqual([true, false])
  })
})
