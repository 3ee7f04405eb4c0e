/**
 * `npm run soak -- --minutes=10`: mixed load on a proxy of its own over loopback, one of two backends killed and started
 * again every 20 s, and 20 hostile clients beside it (`--hostile=0` for none). Prints requests, losses, memory, open files,
 * and the delay of the event loop. Fails where a normal request was lost, where the memory or the open files are too many.
 */
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { configOf } from '../proxy.ts'
import { startBackend } from '../simulated-backend.ts'
import { beHostile } from './hostile.ts'
import { IMAGES, Load, SEARCH, Stand } from './stand.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, hostile: { type: 'string', default: '20' } },
})
const durationMs = Number(values.minutes) * 60_000
const RESTART_EVERY_MS = 20_000
const DOWN_FOR_MS = 5_000
const SENDERS = 6
/** Milliseconds a sender rests, so that the load stays far from what the machine can do. */
const REST_MS = 20
/** Until connections have ended that nobody uses any more. */
const SETTLE_MS = 10_000
const MOST_RSS_MB = 300
/** Files that may be open at the end beside those at the start: connections that are kept alive. */
const MORE_FILES = 10

const gpu = await startBackend({ name: 'gpu', durationMs: 10 })
const nas = await startBackend({ name: 'nas', durationMs: 20 })
const stand = await Stand.start(
  configOf([gpu, nas], { defaultBackend: ['gpu', 'nas'], taskRouting: { ocr: ['nas', 'gpu'] } }),
)
await setTimeout(2_000)
const [atStart] = stand.figures.slice(-1)
const end = performance.now() + durationMs
const load = new Load()
const jobs = [SEARCH, ...IMAGES]

async function sender(first: number): Promise<void> {
  for (let index = first; performance.now() < end; index++) {
    await load.send(() => (jobs[index % jobs.length] ?? SEARCH)(stand.url))
    await setTimeout(REST_MS)
  }
}

let restarts = 0
async function restarter(): Promise<void> {
  while (performance.now() + RESTART_EVERY_MS < end) {
    await setTimeout(RESTART_EVERY_MS - DOWN_FOR_MS)
    await gpu.kill()
    await setTimeout(DOWN_FOR_MS)
    await gpu.start()
    restarts++
  }
}

const hostile = beHostile(stand.port, Number(values.hostile), end)
await Promise.all([restarter(), ...Array.from({ length: SENDERS }, (_, index) => sender(index))])
const connections = await hostile
const loaded = stand.figures
await setTimeout(SETTLE_MS)
const [atEnd] = stand.figures.slice(-1)
const mostRss = Math.max(...loaded.map(({ rssMb }) => rssMb))
console.log(
  [
    `${values.minutes} min, ${restarts} restarts of a backend, ${connections} hostile connections`,
    load.report(),
    `RSS ${atStart?.rssMb ?? 0} MB at the start, ${mostRss} MB at most, ${atEnd?.rssMb ?? 0} MB at the end`,
    `open files ${atStart?.openFiles ?? 0} at the start, ${atEnd?.openFiles ?? 0} at the end`,
    `in flight ${atEnd?.inFlight ?? 0}, waiting ${atEnd?.waiting ?? 0}`,
    `event-loop delay p99 ${atEnd?.loopDelayP99Ms ?? 0} ms`,
  ].join('\n'),
)
await stand.stop()
await Promise.all([gpu.stop(), nas.stop()])
const isTidy = (atEnd?.openFiles ?? 0) <= (atStart?.openFiles ?? 0) + MORE_FILES && atEnd?.inFlight === 0
process.exit(load.lost.length === 0 && mostRss <= MOST_RSS_MB && isTidy ? 0 : 1)
