import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigApplier } from '../../../src-main/app/apply-config.ts'
import { StatusReport } from '../../../src-main/app/status-report.ts'
import { WantedAddress } from '../../../src-main/app/wanted-address.ts'
import { Auth } from '../../../src-main/auth/auth.ts'
import { BackendAvailability } from '../../../src-main/backends/availability.ts'
import { BackendRegistry } from '../../../src-main/backends/backend.ts'
import { HealthMonitor } from '../../../src-main/backends/monitor.ts'
import { LastAsked } from '../../../src-main/http/last-asked.ts'
import { Listener } from '../../../src-main/listener/listener.ts'
import { AppError } from '../../../src-main/platform/errors.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { confWriter } from '../../../src-main/settings/writer.ts'
import { AnswerForms } from '../../../src-main/predict/answer-forms.ts'
import { ConfigStore } from '../../../src-main/settings/store.ts'

const log = silentLogger()
let folder: string
let store: ConfigStore

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'status-'))
  store = await ConfigStore.open({ folder, writer: confWriter, log })
})

afterEach(async () => {
  store.close()
  await rm(folder, { recursive: true, force: true })
})

test('a change of anything that it shows is told', async () => {
  const taken = new AppError('PORT_TAKEN', 409, 'Port 4000 is already taken')
  const listener = new Listener({ open: () => Promise.reject(taken), log })
  const wantedAddress = new WantedAddress({ port: 4_000 })
  const applier = new ConfigApplier({
    store,
    listener: { lost: false, prepare: () => Promise.reject(taken) },
    log,
    addressOf: (config) => wantedAddress.of(config),
  })
  const registry = new BackendRegistry()
  const forms = new AnswerForms({ registry, log })
  const monitor = new HealthMonitor({ registry, log, hops: '' })
  const auth = new Auth({ store, log, sessionsFile: path.join(folder, 'sessions.json') })
  const status = new StatusReport({
    store,
    availability: new BackendAvailability({ registry, monitor, log }),
    auth,
    forms,
    listener,
    applier,
    wantedAddress,
    lastAsked: new LastAsked(),
    desktop: false,
    container: false,
  })
  let changes = 0
  status.on('change', () => changes++)

  await applier.follow()
  expect(changes).toBe(1)
  const { warnings, addresses, overall } = status.current()
  expect(warnings[0]).toBe('The address in config.json is not used: Port 4000 is already taken')
  expect(warnings.at(-1)).toContain('No password is set')
  expect([addresses[0], overall]).toEqual(['http://127.0.0.1:4000', 'idle'])

  monitor.sync()
  expect(changes).toBe(2)
  store.edit((config) => ({ ...config, note: 'changed' }))
  // Another configuration, and its warnings.
  expect(changes).toBe(4)
})

test('in a container it says what a missing password means there', () => {
  const wantedAddress = new WantedAddress({})
  const listener = new Listener({ open: () => Promise.reject(new Error('not opened')), log })
  const registry = new BackendRegistry()
  const monitor = new HealthMonitor({ registry, log, hops: '' })
  const current = (container: boolean): string | undefined =>
    new StatusReport({
      store,
      availability: new BackendAvailability({ registry, monitor, log }),
      auth: new Auth({ store, log, sessionsFile: path.join(folder, 'sessions.json') }),
      forms: new AnswerForms({ registry, log }),
      listener,
      applier: new ConfigApplier({ store, listener, log, addressOf: (config) => wantedAddress.of(config) }),
      wantedAddress,
      lastAsked: new LastAsked(),
      desktop: false,
      container,
    })
      .current()
      .warnings.at(-1)
  expect(current(false)).toMatch(/^No password is set: everyone on the home network/)
  expect(current(true)).toMatch(/^No password is set: in a container, clients from outside/)
  store.edit((config) => ({ ...config, security: { ...config.security, passwordHash: 'scrypt:x' } }))
  expect(current(true)).toBeUndefined()
})
