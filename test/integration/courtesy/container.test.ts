/** What is told of engines and containers that cannot be had. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ManagedContainer } from '../../../src-main/backends/container.ts'
import { ContainerEngines } from '../../../src-main/backends/container-engines.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { SimulatedBackend } from '../../support/simulated-backend.ts'
import { SimulatedEngine } from '../../support/simulated-engine.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const NAME = 'immich_machine_learning'
const IMAGE = 'ghcr.io/immich-app/immich-machine-learning:release-cuda'

useFolder()

let clock: ManualClock
let engine: SimulatedEngine
let engines: ContainerEngines
let backend: SimulatedBackend
let container: ManagedContainer
let inFlight: number

const isHere = async (): Promise<boolean> => {
  try {
    return (await fetch(`${backend.url}/ping`)).ok
  } catch {
    return false
  }
}

/** As the health monitor does. */
async function ping(): Promise<void> {
  container.pinged(await isHere())
}

const state = () => container.status.state
const reaches = (wanted: string) => expect.poll(state).toBe(wanted)

function manage(more: { socket?: string } = {}): ManagedContainer {
  container = new ManagedContainer({
    name: 'gpu',
    manage: { container: NAME, stopAfterMinutes: 5, ...more },
    engines,
    clock,
    log: silentLogger(),
    inFlight: () => inFlight,
    ping: () => void ping(),
    onChange: () => undefined,
  })
  return container
}

beforeEach(async () => {
  clock = new ManualClock()
  inFlight = 0
  // Made once, so that it has the same port at each start.
  backend = await new SimulatedBackend().start()
  await backend.stop()
  engine = await new SimulatedEngine(path.join(folder, 'engine.sock')).start()
  engine.containers.push({
    name: NAME,
    image: IMAGE,
    state: 'exited',
    up: () => backend.start(),
    down: () => backend.stop(),
  })
  engines = new ContainerEngines({
    sockets: [path.join(folder, 'no.sock'), engine.socket],
    platform: 'linux',
    timeoutMs: 2_000,
  })
  manage()
})
afterEach(async () => {
  await container.stop()
  await engines.close()
  await engine.stop()
  await backend.stop()
  expect(engine.refused).toEqual([])
})

describe('what it says', () => {
  test('where the engine cannot start it: the engine’s own words', async () => {
    engine.startProblem = 'could not select device driver "nvidia" with capabilities: [[gpu]]'
    container.need()
    await expect.poll(() => container.status.problem).toContain('could not select device driver "nvidia"')
    await reaches('stopped')
  })

  test('where there is no such container', async () => {
    await container.stop()
    engine.containers.length = 0
    manage()
    await expect
      .poll(() => container.status.problem)
      .toBe(`There is no container ${NAME} in the engine at ${engine.socket}; choose one of its list`)
  })

  test('where no engine runs, and when it does again', async () => {
    await container.stop()
    await engine.stop()
    manage()
    await expect
      .poll(() => container.status.problem)
      .toMatch(/^No container engine answers at .*; start Docker or Podman/)
    await engine.start()
    await clock.advance(MINUTE)
    await reaches('stopped')
    expect(container.status.problem).toBe('')
  })

  test('where the engine hangs', async () => {
    await container.stop()
    engine.isHung = true
    manage()
    await expect.poll(() => container.status.problem).toContain('does not answer; restart it')
  })

  test('where another program has the socket', async () => {
    await container.stop()
    const socket = path.join(folder, 'a-file')
    writeFileSync(socket, '')
    mkdirSync(path.join(folder, 'a-folder'))
    manage({ socket })
    await expect.poll(() => container.status.problem).toMatch(/^No container engine answers/)
  })
})

describe('the list', () => {
  test('is of the containers that run Immich’s machine learning, from every engine that answers', async () => {
    const none = () => Promise.resolve()
    engine.containers.push(
      { name: 'postgres', image: 'postgres:16', state: 'running', up: none, down: none },
      { name: 'second', image: 'immich-machine-learning', state: 'created', up: none, down: none },
    )
    expect(await engines.list()).toEqual([
      { name: NAME, image: IMAGE, state: 'exited', socket: engine.socket },
      { name: 'second', image: 'immich-machine-learning', state: 'created', socket: engine.socket },
    ])
  })

  test('one that is being removed, which has no name any more, is left out', async () => {
    engine.isRemoving = true
    expect((await engines.list()).map(({ name }) => name)).toEqual([NAME])
  })

  test('says why there is none', async () => {
    await engine.stop()
    await expect(engines.list()).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING', status: 502 })
  })
})
