/** The cases of podman.test.ts where no real engine is. */
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { engineCases, type EngineWorld } from '../../support/engine-cases.ts'
import { folderOfFile } from '../../support/folder.ts'
import { SimulatedBackend } from '../../support/simulated-backend.ts'
import { SimulatedEngine } from '../../support/simulated-engine.ts'

const CONTAINER = 'immich_machine_learning'
const IMAGE = 'ghcr.io/immich-app/immich-machine-learning:release-cuda'

const folder = folderOfFile()
let engine: SimulatedEngine
let world: EngineWorld

beforeAll(async () => {
  const backend = await new SimulatedBackend().start()
  await backend.stop()
  engine = await new SimulatedEngine(path.join(folder, 'engine.sock')).start()
  engine.containers.push({
    name: CONTAINER,
    image: IMAGE,
    state: 'created',
    up: () => backend.start(),
    down: () => backend.stop(),
  })
  world = {
    socket: engine.socket,
    container: CONTAINER,
    url: backend.url,
    image: IMAGE,
    stopByUser: () => engine.stopByUser(CONTAINER),
  }
})
afterEach(() => expect(engine.refused).toEqual([]))
afterAll(() => engine.stop())

engineCases(() => world)
