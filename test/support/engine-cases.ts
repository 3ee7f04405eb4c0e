/** What a managed container does in any engine: the same cases for a simulated and for a real one. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManagedContainer } from '../../src-main/backends/container.ts'
import { ContainerEngines } from '../../src-main/backends/container-engines.ts'
import { silentLogger } from '../../src-main/platform/log.ts'
import { ManualClock } from './manual-clock.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

export interface EngineWorld {
  /** The socket of the engine. */
  readonly socket: string
  /** A container in it that does not run, and what its server listens on. */
  readonly container: string
  readonly url: string
  readonly image: string
  /** Stops it as its user does. */
  readonly stopByUser: () => Promise<unknown>
}

/** Describes the cases, each with a world that has been made before it. */
export function engineCases(world: () => EngineWorld): void {
  let clock: ManualClock
  let engines: ContainerEngines
  let managed: ManagedContainer
  let inFlight: number

  const isHere = async (): Promise<boolean> => {
    try {
      return (await fetch(`${world().url}/ping`)).ok
    } catch {
      return false
    }
  }
  /** As the health monitor does. */
  const ping = async (): Promise<void> => managed.pinged(await isHere())
  const reaches = (wanted: string) => expect.poll(() => managed.status.state).toBe(wanted)

  async function becomesHealthy(): Promise<void> {
    await reaches('starting')
    await expect.poll(isHere).toBe(true)
    await expect
      .poll(async () => {
        await ping()
        return managed.status.state
      })
      .toBe('healthy')
  }

  beforeEach(async () => {
    clock = new ManualClock()
    inFlight = 0
    engines = new ContainerEngines({ sockets: [world().socket], platform: 'linux' })
    managed = new ManagedContainer({
      name: 'gpu',
      manage: { container: world().container },
      engines,
      clock,
      log: silentLogger(),
      inFlight: () => inFlight,
      ping: () => void ping(),
      onChange: () => undefined,
    })
    await reaches('stopped')
  })
  afterEach(async () => {
    await managed.stop()
    await engines.act('stop', { container: world().container })
    await engines.close()
  })

  test('it is on the list, with image and state', async () => {
    const { container, image, socket } = world()
    expect(managed.status).toEqual({ state: 'stopped', problem: '', image })
    const [listed] = await engines.list()
    expect(listed).toEqual({
      name: container,
      image,
      socket,
      state: expect.stringMatching(/exited|created/) as string,
    })
  })

  test('a request starts it; without another for 10 min it is stopped', async () => {
    expect(managed.need()).toBe(true)
    await becomesHealthy()
    await clock.advance(10 * MINUTE)
    await reaches('stopped')
    expect(await isHere()).toBe(false)
  })

  test('a pause stops it when what runs there has ended, and nothing starts it until the end of the pause', async () => {
    managed.need()
    await becomesHealthy()
    inFlight = 1
    managed.setPause('stop')
    await reaches('stopping')
    expect(await isHere()).toBe(true)
    inFlight = 0
    managed.predicted('well')
    await reaches('stopped')
    expect(await isHere()).toBe(false)
    expect(managed.need()).toBe(false)
    managed.setPause('none')
    expect(managed.need()).toBe(true)
    await becomesHealthy()
  })

  test('one that its user stops stays stopped until a request comes', async () => {
    managed.need()
    await becomesHealthy()
    await world().stopByUser()
    await clock.advance(10 * SECOND)
    await ping()
    await reaches('stopped')
    expect(managed.need()).toBe(true)
    await becomesHealthy()
  })

  test('a model that cannot be loaded is mended by a restart', async () => {
    managed.need()
    await becomesHealthy()
    managed.predicted('model')
    await reaches('stopping')
    await becomesHealthy()
  })

  test('a container that is not there', async () => {
    await expect(engines.inspect({ container: 'no-such-container' })).rejects.toMatchObject({
      code: 'CONTAINER_UNKNOWN',
      status: 404,
    })
    await expect(engines.act('start', { container: 'no-such-container' })).rejects.toMatchObject({
      code: 'CONTAINER_UNKNOWN',
    })
  })
}
