import { describe, expect, test } from 'vitest'
import type { CallAnswer, CallOptions } from '../../support/http.ts'
import { namespaceProblem, runInNamespace } from '../../support/namespace.ts'
import type { Plan, Step } from '../../support/namespace-child.ts'

const problem = namespaceProblem()
if (problem !== undefined) console.log(`skipped: clients from outside need a network namespace (${problem})`)

const PUBLIC_4 = '203.0.113.7'
const HOME_4 = ['192.168.77.7', '10.77.0.7', '172.20.0.7', '100.77.0.7', '169.254.7.7', '127.0.0.9']
const PUBLIC_6 = '2001:db8:7::7'
const HOME_6 = ['fd77::7', '::1']
const SERVER_4 = '192.168.77.1'
const SERVER_6 = 'fd77::1'
const ADDRESSES = [
  ...[PUBLIC_4, ...HOME_4.slice(0, 5), SERVER_4].map((one) => `${one}/32`),
  ...[PUBLIC_6, 'fd77::7', SERVER_6].map((one) => `${one}/128`),
]

/** A /64 of the same provider's /56 that no interface of a home has. */
const OTHER_NETWORK = '2a0e:5:5:6::7/128'

const MANAGEMENT = ['/', '/config', '/debug', '/api/config', '/api/auth/status', '/api/events', '/none']
const FORGED = {
  'x-forwarded-for': '192.168.77.7',
  'x-real-ip': '127.0.0.1',
  forwarded: 'for=127.0.0.1',
  'cf-connecting-ip': '10.0.0.1',
  'true-client-ip': '10.0.0.1',
  'x-client-ip': '10.0.0.1',
}

const backends = [{ name: 'one', url: 'http://127.0.0.1:9' }]
const config = (security?: object): object => ({
  defaultBackend: 'one',
  backends,
  ...(security === undefined ? {} : { security }),
})
/** What /predict answers to a client that may come in: it reads the body, and this one is none. */
const LET_IN = 415
const predictOptions: CallOptions = { method: 'POST', body: {} }

/** Collects steps together with what is expected of their answers. */
class Scenario {
  readonly steps: Step[] = []
  readonly #checks: ((answer: CallAnswer) => void)[] = []

  add(step: Step, check: (answer: CallAnswer) => void): void {
    this.steps.push(step)
    this.#checks.push(check)
  }

  expectStatus(from: string, path: string, status: number, options: CallOptions = {}): void {
    const to = from.includes(':') ? SERVER_6 : SERVER_4
    this.add({ from, to, path, options }, (answer) => {
      expect({ from, path, status: answer.status, text: answer.text }).toMatchObject({ from, path, status })
      if (status === 403) expect(answer.error).not.toBe('')
    })
  }

  configure(security?: object): void {
    this.add({ config: config(security) }, (answer) => expect(answer.text).toContain('saved'))
  }

  /** @param host where the proxy listens; at its default where it is absent */
  async run(host?: string, links?: Plan['links']): Promise<void> {
    const answers = await runInNamespace({
      addresses: links === undefined ? ADDRESSES : [OTHER_NETWORK],
      steps: this.steps,
      ...(host === undefined ? {} : { host }),
      ...(links === undefined ? {} : { links }),
    })
    expect(answers).toHaveLength(this.#checks.length)
    for (const [index, check] of this.#checks.entries()) check(answers[index] as CallAnswer)
  }
}

/** The home network is let in everywhere, everyone else gets 403, whatever the headers say. */
function homeNetworkOnly(scenario: Scenario, home: string[], outside: string[]): void {
  for (const from of home) {
    scenario.expectStatus(from, '/api/config', 200)
    scenario.expectStatus(from, '/config', 200)
    inference(scenario, from, true)
  }
  for (const from of outside) {
    inference(scenario, from, false)
    for (const path of MANAGEMENT) {
      scenario.expectStatus(from, path, 403)
      scenario.expectStatus(from, path, 403, { headers: FORGED })
    }
    for (const path of ['/predict', '/api/config', '/api/auth/password', '/api/auth/login']) {
      scenario.expectStatus(from, path, 403, { method: 'POST', body: {}, headers: FORGED })
    }
  }
}

/** `/ping` and `/predict`, however their path is written. */
function inference(scenario: Scenario, from: string, isLetIn: boolean): void {
  // 503: the one backend is down.
  scenario.expectStatus(from, '/ping', isLetIn ? 503 : 403)
  scenario.expectStatus(from, '/PING/', isLetIn ? 503 : 403)
  scenario.expectStatus(from, '/predict', isLetIn ? LET_IN : 403, predictOptions)
  scenario.expectStatus(from, '/predict', isLetIn ? 405 : 403)
  scenario.expectStatus(from, '/predict/', isLetIn ? 415 : 403, { method: 'POST', body: {} })
}

/** `allowedClients` alone decides about `/ping` and `/predict`; it changes nothing for the views and the API. */
function listedClientsOnly(scenario: Scenario, outside: string[]): void {
  for (const from of [...outside, '10.77.0.7']) inference(scenario, from, true)
  for (const from of ['192.168.77.7', '127.0.0.9']) inference(scenario, from, false)
  for (const from of outside) for (const path of MANAGEMENT) scenario.expectStatus(from, path, 403)
  for (const from of ['192.168.77.7', '127.0.0.9']) scenario.expectStatus(from, '/api/config', 200)
}

describe.skipIf(problem !== undefined)('clients of a network of their own', () => {
  test('each IPv6 neighbour has failed logins of its own', async () => {
    const scenario = new Scenario()
    const login = (from: string, password: string, status: number): void =>
      scenario.expectStatus(from, '/api/auth/login', status, { method: 'POST', body: { password } })
    const body = { password: 'correct horse' }
    scenario.expectStatus('fd77::7', '/api/auth/password', 200, { method: 'POST', body })
    for (let count = 0; count < 5; count++) login('fd77::7', 'wrong', 401)
    login('fd77::7', 'correct horse', 429)
    login(SERVER_6, 'correct horse', 200)
    await scenario.run('::')
  })

  test('with a public IPv6 address are at home on a link of this machine that is a home’s', async () => {
    const scenario = new Scenario()
    scenario.configure()
    for (const [from, to] of [
      ['2a0e:5:5:5::7', '2a0e:5:5:5::1'],
      ['192.168.5.7', '192.168.5.1'],
    ] as const) {
      for (const path of ['/config', '/api/config']) {
        scenario.add({ from, to, path }, ({ status }) =>
          expect({ from, status }).toEqual({ from, status: 200 }),
        )
      }
      scenario.add({ from, to, path: '/ping' }, ({ status }) => expect(status).toBe(503))
    }
    const strangers = [
      // Another /64 of the same provider, through the /56 that the interface has.
      ['2a0e:5:5:6::7', '2a0e:5:5:5::1'],
      // A rented server: its interface has a public IPv4 address beside the private one.
      ['2a0e:6:6:6::7', '2a0e:6:6:6::1'],
      // An interface with an address of a provider's network alone.
      ['2a0e:7:7:7::7', '2a0e:7:7:7::1'],
    ] as const
    for (const [from, to] of strangers) {
      for (const path of ['/config', '/ping', '/api/config']) {
        scenario.add({ from, to, path }, ({ status }) =>
          expect({ from, status }).toEqual({ from, status: 403 }),
        )
      }
    }
    await scenario.run(undefined, {
      home: ['192.168.5.1/24', '192.168.5.7/24', '2a0e:5:5:5::1/56', '2a0e:5:5:5::7/56'],
      rented: ['10.6.0.1/24', '11.6.0.1/24', '2a0e:6:6:6::1/64', '2a0e:6:6:6::7/64'],
      provider: ['100.77.7.1/24', '2a0e:7:7:7::1/64', '2a0e:7:7:7::7/64'],
    })
  })

  test('from anywhere are told by /healthz and /readyz that it lives and is ready, and nothing else', async () => {
    const scenario = new Scenario()
    scenario.configure({ allowedClients: ['10.77.0.7'] })
    for (const from of [PUBLIC_4, PUBLIC_6, '192.168.77.7', '100.77.0.7']) {
      const to = from.includes(':') ? SERVER_6 : SERVER_4
      for (const [path, word] of [
        ['/healthz', 'ok'],
        ['/readyz', 'ready'],
      ] as const) {
        const options = { headers: { host: 'cluster.example.com' } }
        scenario.add({ from, to, path, options }, ({ status, text }) =>
          expect({ from, status, text }).toEqual({ from, status: 200, text: word }),
        )
      }
      scenario.expectStatus(from, '/healthz/x', from === '192.168.77.7' || from === '100.77.0.7' ? 404 : 403)
    }
    await scenario.run('::')
  })

  // With :: the addresses of IPv4 clients are IPv4-mapped.
  test.each(['0.0.0.0', '::'])('on %s are let in or refused by their address alone', async (host) => {
    const scenario = new Scenario()
    scenario.configure()
    const outside = host === '::' ? [PUBLIC_4, PUBLIC_6] : [PUBLIC_4]
    homeNetworkOnly(scenario, host === '::' ? [...HOME_4, ...HOME_6] : HOME_4, outside)
    scenario.configure({ allowedClients: [PUBLIC_4, '2001:db8:7::/48', '10.77.0.0/16'] })
    listedClientsOnly(scenario, outside)
    scenario.configure({ allowedClients: [] })
    for (const from of outside) inference(scenario, from, false)
    inference(scenario, '192.168.77.7', true)
    await scenario.run(host)
  })
})
