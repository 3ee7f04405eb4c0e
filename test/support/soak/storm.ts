/**
 * `npm run storm -- --minutes=5`: three backends of one pool that are killed, hung, slowed and started again at random, of
 * which one at least always lives; 16 images in flight, 5 clients that search, and a save each second. Prints what was lost.
 */
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startBackend, type SimulatedBackend } from '../simulated-backend.ts'
import { IMAGES, Load, SEARCH, Stand } from './stand.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } })
const durationMs = Number(values.minutes) * 60_000
const IMAGES_IN_FLIGHT = 16
const SEARCHERS = 5
const SAVE_EVERY_MS = 1_000
/** An image takes so long on a backend that is well, and on one that is slow. */
const USUAL_MS = 50
const SLOW_MS = 2_000
/** Two things happen at most so long after each other. */
const CALM_MS = 4_000
/** A server takes so long to start. */
const START_MS = 1_000
/** What hangs is left after 10 s, and what waited for it is done elsewhere. */
const SETTLE_MS = 30_000

const backends = await Promise.all(
  ['one', 'two', 'three'].map((name) => startBackend({ name, durationMs: USUAL_MS })),
)
const configOf = (save: number): object => ({
  defaultBackend: backends.map(({ name }) => name),
  // It changes with each save, so that each one is put in force.
  backends: backends.map(({ name, url }) => ({ name, url, maxConcurrent: 8 + (save % 2) })),
  hold: { graceSeconds: 10 },
})
const stand = await Stand.start(configOf(0))
const end = performance.now() + durationMs

/** Backends that are not well. */
const ill = new Set<SimulatedBackend>()
const happened = { killed: 0, hung: 0, slowed: 0 }

async function makeIll(backend: SimulatedBackend): Promise<void> {
  ill.add(backend)
  const dice = Math.random()
  if (dice < 0.4) {
    happened.killed++
    await backend.kill()
  } else if (dice < 0.7) {
    happened.hung++
    backend.predictFault = backend.pingFault = { kind: 'hang' }
  } else {
    happened.slowed++
    backend.durationMs = SLOW_MS
  }
}

async function makeWell(backend: SimulatedBackend): Promise<void> {
  // What hangs there answers no more: its process is started anew.
  await backend.kill()
  await setTimeout(START_MS)
  backend.predictFault = backend.pingFault = undefined
  backend.durationMs = USUAL_MS
  await backend.start()
  ill.delete(backend)
}

async function storm(): Promise<void> {
  while (performance.now() < end) {
    await setTimeout(Math.random() * CALM_MS)
    const backend = backends[Math.floor(Math.random() * backends.length)]
    if (backend === undefined) continue
    if (ill.has(backend)) await makeWell(backend)
    else if (ill.size < backends.length - 1) await makeIll(backend)
  }
  for (const backend of ill) await makeWell(backend)
}

let saves = 0
const badSaves: string[] = []
async function saver(): Promise<void> {
  while (performance.now() < end) {
    await setTimeout(SAVE_EVERY_MS)
    const answer = await fetch(`${stand.url}/api/config`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(configOf(++saves)),
    })
    if (!answer.ok) badSaves.push(`${answer.status} ${await answer.text()}`)
  }
}

const images = new Load()
const texts = new Load()
async function client(load: Load, job: (index: number) => Promise<Response>, restMs: number): Promise<void> {
  for (let index = 0; performance.now() < end; index++) {
    await load.send(() => job(index))
    await setTimeout(restMs)
  }
}
const image = (index: number): Promise<Response> => (IMAGES[index % IMAGES.length] ?? SEARCH)(stand.url)
await Promise.all([
  storm(),
  saver(),
  ...Array.from({ length: IMAGES_IN_FLIGHT }, () => client(images, image, 0)),
  ...Array.from({ length: SEARCHERS }, () => client(texts, () => SEARCH(stand.url), 200)),
])
await setTimeout(SETTLE_MS)
const [atEnd] = stand.figures.slice(-1)
const mostRss = Math.max(...stand.figures.map(({ rssMb }) => rssMb))
console.log(
  [
    `${values.minutes} min: ${happened.killed} killed, ${happened.hung} hung, ${happened.slowed} slowed, ${saves} saves, ${badSaves.length} of them refused`,
    `images: ${images.report()}`,
    `searches: ${texts.report()}`,
    `in flight ${atEnd?.inFlight ?? -1}, waiting ${atEnd?.waiting ?? -1} at the end; RSS ${mostRss} MB at most`,
  ].join('\n'),
)
for (const refused of badSaves.slice(0, 5)) console.error(`refused: ${refused}`)
await stand.stop()
await Promise.all(backends.map((backend) => backend.stop()))
const isAllThere = images.lost.length + texts.lost.length + badSaves.length === 0
process.exit(isAllThere && atEnd?.inFlight === 0 && atEnd.waiting === 0 ? 0 : 1)
