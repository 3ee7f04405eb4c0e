/**
 * `npm run soak:sleep -- --minutes=10`: two backends of a route with the policy `wait` that sleep and wake at random, at times
 * both, and clients that send images without a pause. Prints what was lost and the memory. Fails where an image was lost,
 * where something still waits at the end, or where the memory is not near the idle figure again.
 */
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { configOf } from '../proxy.ts'
import { startBackend, type SimulatedBackend } from '../simulated-backend.ts'
import { IMAGES, Load, SEARCH, Stand } from './stand.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const durationMs = Number(values.minutes) * 60_000
/** More than Immich sends by default (2 of each of three queues), fewer than may wait at once (64). */
const CLIENTS = 24
const REST_MS = 20
const USUAL_MS = 30
/** A backend is awake, and asleep, for at most so long. Asleep stays far below the 270 s after which an image fails. */
const AWAKE_MS = 20_000
const ASLEEP_MS = 40_000
/** After the last image the memory of what waited is given back within a minute. */
const SETTLE_MS = 60_000
const NEAR_IDLE = 1.5

const backends = await Promise.all(['gpu', 'nas'].map((name) => startBackend({ name, durationMs: USUAL_MS })))
const stand = await Stand.start(
  configOf(backends, { defaultBackend: backends.map(({ name }) => name), defaultPolicy: 'wait' }),
)
await setTimeout(2_000)
const [atStart] = stand.figures.slice(-1)
const end = performance.now() + durationMs

let naps = 0
async function sleeper(backend: SimulatedBackend): Promise<void> {
  while (performance.now() < end) {
    await setTimeout(Math.random() * AWAKE_MS)
    await backend.kill()
    naps++
    await setTimeout(Math.random() * ASLEEP_MS)
    await backend.start()
  }
}

const images = new Load()
const searches = new Load()
async function client(first: number): Promise<void> {
  for (let index = first; performance.now() < end; index++) {
    await images.send(() => (IMAGES[index % IMAGES.length] ?? SEARCH)(stand.url))
    await setTimeout(REST_MS)
  }
}
/** A search does not wait for a backend that sleeps: its losses are counted, and are none of the soak's. */
async function searcher(): Promise<void> {
  while (performance.now() < end) {
    await searches.send(() => SEARCH(stand.url))
    await setTimeout(1_000)
  }
}

await Promise.all([
  ...backends.map(sleeper),
  searcher(),
  ...Array.from({ length: CLIENTS }, (_, index) => client(index)),
])
const loaded = stand.figures
await setTimeout(SETTLE_MS)
const [atEnd] = stand.figures.slice(-1)
const mostRss = Math.max(...loaded.map(({ rssMb }) => rssMb))
console.log(
  [
    `${values.minutes} min, ${naps} times a backend slept`,
    `images: ${images.report()}`,
    `searches: ${searches.done} answered, ${searches.lost.length} told at once that nobody is there`,
    `RSS ${atStart?.rssMb ?? 0} MB at the start, ${mostRss} MB at most, ${atEnd?.rssMb ?? 0} MB at the end`,
    `in flight ${atEnd?.inFlight ?? -1}, waiting ${atEnd?.waiting ?? -1} at the end`,
  ].join('\n'),
)
await stand.stop()
await Promise.all(backends.map((backend) => backend.stop()))
const isIdle = atEnd?.inFlight === 0 && atEnd.waiting === 0
const isNear = (atEnd?.rssMb ?? Infinity) <= NEAR_IDLE * (atStart?.rssMb ?? 0)
process.exit(images.lost.length === 0 && isIdle && isNear ? 0 : 1)
