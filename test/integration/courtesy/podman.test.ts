/** A managed container in a real engine. */
import { afterAll, beforeAll, describe } from 'vitest'
import { engineCases, type EngineWorld } from '../../support/engine-cases.ts'
import { folderOfFile } from '../../support/folder.ts'
import { PodmanEngine, podmanProblem } from '../../support/podman-engine.ts'
import { freePort } from '../../support/ports.ts'

const CONTAINER = 'immich_machine_learning'
const IMAGE = 'localhost/immich-machine-learning:test'
/** An image with Node has some 110 MB, which vfs copies several times. */
const SET_UP_MS = 180_000

const problem = podmanProblem()
if (problem !== undefined) console.warn(`No container is started by a real engine: ${problem}`)

describe.skipIf(problem !== undefined)('podman', () => {
  const folder = folderOfFile()
  let engine: PodmanEngine
  let world: EngineWorld

  beforeAll(async () => {
    engine = new PodmanEngine(`${folder}/podman`)
    const port = await freePort()
    await engine.makeImage(IMAGE, port)
    engine.podman.do('create', '--name', CONTAINER, '--network', 'host', IMAGE)
    await engine.serve()
    world = {
      socket: engine.socket,
      container: CONTAINER,
      url: `http://127.0.0.1:${port}`,
      image: IMAGE,
      stopByUser: () => Promise.resolve(engine.podman.do('stop', '--time', '1', CONTAINER)),
    }
  }, SET_UP_MS)
  afterAll(() => engine.close(), SET_UP_MS)

  engineCases(() => world)
})
