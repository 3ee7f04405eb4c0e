import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Health } from '../../../src-shared/api.ts'
import {
  makeCertificates,
  opensslProblem,
  type Certificates,
  type Identity,
} from '../../support/certificates.ts'
import { call } from '../../support/http.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { listening } from '../../support/listening.ts'
import { NotingBackend } from '../../support/noting-backend.ts'
import { startProxy, type TestProxy } from '../../support/proxy.ts'
import { startBackend } from '../../support/simulated-backend.ts'

const problem = opensslProblem()
if (problem !== undefined) console.log(`skipped: HTTPS backends need openssl (${problem})`)

const SECRET = 'Bearer s3cr3t'

describe.skipIf(problem !== undefined)('an HTTPS backend', () => {
  let certificates: Certificates
  let proxy: TestProxy

  beforeAll(async () => {
    certificates = makeCertificates()
    proxy = await startProxy()
  })
  afterAll(async () => {
    await proxy.stop()
    certificates.remove()
  })

  /** What /api/health says of a backend with these settings. */
  async function healthOf(backend: object): Promise<{ status: string; error: string }> {
    const config = {
      defaultBackend: 'tls',
      backends: [{ name: 'tls', headers: { Authorization: SECRET }, ...backend }],
    }
    await proxy.configure(config)
    const health = (await (await proxy.get('/api/health')).json()) as Health
    return health['tls'] ?? { status: '', error: 'missing' }
  }

  async function withBackend(
    identity: (all: Certificates) => Identity,
    check: (backend: NotingBackend) => Promise<void>,
  ): Promise<void> {
    const backend = await NotingBackend.start(identity(certificates))
    try {
      await check(backend)
    } finally {
      backend.stop()
    }
  }

  test.each(['PEM', 'path'])('is trusted by its CA, given as %s', async (how) => {
    await withBackend(
      (all) => all.good,
      async (backend) => {
        const { url } = backend
        const ca = how === 'PEM' ? certificates.ca : certificates.caFile
        expect(await healthOf({ url, tls: { ca } })).toMatchObject({ status: 'healthy', error: '' })
        expect((await predict(proxy.url, JOBS.searchText, 'a cat')).status).toBe(200)
        expect(new Set(backend.values('authorization'))).toEqual(new Set([SECRET]))
        const named = { url: url.replace('127.0.0.1', 'localhost'), tls: { ca } }
        expect(await healthOf(named)).toMatchObject({ status: 'healthy' })
      },
    )
  })

  test('that signed its own certificate is trusted by that one', async () => {
    await withBackend(
      (all) => all.selfSigned,
      async ({ url }) => {
        const tls = { ca: certificates.selfSigned.cert }
        expect(await healthOf({ url, tls })).toMatchObject({ status: 'healthy' })
      },
    )
  })

  const failures: [string, (all: Certificates) => Identity, boolean, RegExp][] = [
    [
      'self-signed',
      (all) => all.selfSigned,
      false,
      /^certificate is self-signed; .*tls\.ca.*tls\.rejectUnauthorized/,
    ],
    [
      'by an unknown CA',
      (all) => all.good,
      false,
      /^certificate is signed by an unknown authority; .*tls\.ca/,
    ],
    ['expired', (all) => all.expired, true, /^certificate has expired; renew it/],
    ['not yet valid', (all) => all.notYetValid, true, /^certificate is not valid yet; check the clocks/],
    [
      'for another host name',
      (all) => all.elsewhere,
      true,
      /^certificate is for another host name; use one that it was made for \(DNS:gpu\.example\.com\) in the URL$/,
    ],
    [
      'for no host at all',
      (all) => all.nameless,
      true,
      /^certificate names no host \(it has no subjectAltName\); make one with subjectAltName=IP:127\.0\.0\.1, or set tls\.rejectUnauthorized to false$/,
    ],
  ]
  test.each(failures)(
    'with a certificate that is %s says so, and is sent nothing',
    async (_what, identity, knowsCa, text) => {
      await withBackend(identity, async (backend) => {
        // Absent settings would keep those of the backend before.
        const tls = knowsCa ? { ca: certificates.ca } : null
        const health = await healthOf({ url: backend.url, tls })
        expect(health.status).toBe('unhealthy')
        expect(health.error).toMatch(text)
        const body = { url: backend.url, tls }
        const tested = await call(proxy.url, '/api/backends/test', { method: 'POST', body })
        expect((JSON.parse(tested.text) as { error: string }).error).toMatch(text)
        const answer = await predict(proxy.url, JOBS.searchText, 'a cat')
        expect(answer.status).toBe(502)
        expect(await answer.text()).toContain(health.error)
        expect(backend.seen).toEqual([])
        // Asked not to look, it does not.
        const blind = { url: backend.url, tls: { rejectUnauthorized: false } }
        expect(await healthOf(blind)).toMatchObject({ status: 'healthy', error: '' })
      })
    },
  )

  test('that is none says so, both ways round', async () => {
    const plain = await startBackend()
    try {
      const health = await healthOf({ url: plain.url.replace('http:', 'https:') })
      expect(health.error).toBe('no TLS on that port; use http:// or another port')
    } finally {
      await plain.stop()
    }
    await withBackend(
      (all) => all.good,
      async ({ url }) => {
        const health = await healthOf({ url: url.replace('https:', 'http:') })
        expect(health).toMatchObject({
          status: 'unhealthy',
          error: 'the port speaks TLS; write https:// in the URL',
        })
      },
    )
  })

  const OLD: https.ServerOptions = {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    // Without it OpenSSL 3 does not even offer the old versions.
    ciphers: 'DEFAULT@SECLEVEL=0',
  }
  const WANTS_CERTIFICATE = { requestCert: true, rejectUnauthorized: true }
  const refusals: [string, https.ServerOptions, boolean, RegExp][] = [
    [
      'speaks old TLS only',
      OLD,
      true,
      /^the backend speaks an outdated version of TLS only; let it speak TLS 1\.2/,
    ],
    [
      'has no certificate',
      {},
      false,
      /^the backend refuses the TLS handshake; check that it has a certificate/,
    ],
    [
      'has no cipher in common',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA' },
      true,
      /^the backend refuses the TLS handshake; .*allows current ciphers/,
    ],
    [
      'wants a client certificate',
      WANTS_CERTIFICATE,
      true,
      /^the backend wants a client certificate, which the proxy does not have/,
    ],
    [
      'wants a client certificate, by TLS 1.2',
      { ...WANTS_CERTIFICATE, maxVersion: 'TLSv1.2' },
      true,
      /^the backend refuses the TLS handshake; .*wants no client certificate/,
    ],
  ]
  test.each(refusals)('that %s is told in plain words', async (_what, options, hasIdentity, text) => {
    const identity = hasIdentity ? certificates.good : {}
    const backend = await NotingBackend.start({ ...identity, ...options })
    try {
      const { url } = backend
      const health = await healthOf({ url, tls: { ca: certificates.ca } })
      expect(health.error).toMatch(text)
      expect(health.error).not.toMatch(/openssl|routines|no TLS on that port/)
      const answer = await predict(proxy.url, JOBS.searchText, 'a cat')
      expect([answer.status, await answer.text()]).toEqual([502, expect.stringContaining(health.error)])
    } finally {
      backend.stop()
    }
  })

  test('that breaks the handshake off in an unusual way is told by a code', async () => {
    // A TLS record with a fatal alert: internal error.
    const alert = Buffer.from([21, 3, 3, 0, 2, 2, 80])
    const server = net.createServer((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.end(alert)),
    )
    const port = await listening(server)
    try {
      const { error } = await healthOf({ url: `https://127.0.0.1:${port}`, tls: null })
      expect(error).toMatch(/^TLS handshake failed \(ERR_SSL_\w+\)$/)
    } finally {
      server.close()
    }
  })

  test('with a CA that cannot be used says so', async () => {
    const file = path.join(proxy.folder, 'no.pem')
    writeFileSync(file, 'not a certificate')
    const url = 'https://127.0.0.1:9'
    const errorOf = async (ca: string): Promise<string> => (await healthOf({ url, tls: { ca } })).error
    expect(await errorOf(path.join(proxy.folder, 'missing.pem'))).toBe(
      'tls.ca cannot be read (there is no such file)',
    )
    expect(await errorOf(file)).toBe('tls.ca cannot be read (it is not a PEM certificate)')
    expect(await errorOf('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toMatch(
      /not a PEM certificate/,
    )
    expect(await errorOf(proxy.folder)).toMatch(/it is a folder/)
  })

  test('with a CA that cannot be read tells nobody its path', async () => {
    const file = path.join(proxy.folder, 'no.pem')
    writeFileSync(file, 'not a folder')
    const ca = path.join(file, 'ca.pem')
    await proxy.configure({
      defaultBackend: 'a',
      hold: { graceSeconds: 0 },
      backends: [{ name: 'a', url: 'https://127.0.0.1:9', headers: {}, tls: { ca } }],
    })
    for (const answer of [await proxy.get('/ping'), await predict(proxy.url, JOBS.searchText, 'x')]) {
      const text = `${answer.statusText} ${await answer.text()}`
      expect(text).toContain('tls.ca cannot be read (ENOTDIR: not a directory)')
      expect(text).not.toContain(proxy.folder)
    }
  })

  test.skipIf(process.platform === 'win32')('with a CA that never ends does not hang the proxy', async () => {
    const fifo = path.join(proxy.folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    for (const ca of ['/dev/zero', fifo]) {
      const { error } = await healthOf({ url: 'https://127.0.0.1:9', tls: { ca } })
      expect(error).toBe('tls.ca cannot be read (it is a pipe, a socket or a device, not a file)')
    }
  })

  test.each([
    ['\\\\evil.example.com\\share\\ca.pem', 'network path'],
    ['//evil.example.com/share/ca.pem', 'network path'],
    ['-----BEGIN PRIVATE KEY-----\nAAAA', 'private key'],
    ['x'.repeat(600_000), 'longer than'],
    [5, 'must be a text'],
  ])('is not saved with %.40j as its CA', async (ca, text) => {
    const config = {
      defaultBackend: 'tls',
      backends: [{ name: 'tls', url: 'https://127.0.0.1:9', tls: { ca } }],
    }
    const answer = await call(proxy.url, '/api/config', { method: 'POST', body: config })
    expect(answer.status).toBe(400)
    expect(answer.error).toContain('backends[0].tls.ca')
    expect(answer.error).toContain(text)
  })
})
