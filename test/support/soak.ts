/**
 * `npm run soak -- --minutes=10`: mixed load on a proxy of its own over loopback, one of two backends killed and
 * started again every 20 s. Prints requests, losses, memory at start and end, and the delay of the event loop.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { JOBS, predict } from './immich-client.ts'
import { readPhoto } from './photo.ts'
import { Program, projectRoot } from './program.ts'
import { configOf } from './proxy.ts'
import { startBackend } from './simulated-backend.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const durationMs = Number(values.minutes) * 60_000
const RESTART_EVERY_MS = 20_000
const DOWN_FOR_MS = 5_000
const SENDERS = 6
/** Milliseconds a sender rests, so that the load stays far from what the machine can do. */
const REST_MS = 20

interface Figures {
  rssMb: number
  loopDelayP99Ms: number
}

const photo = readPhoto()
const gpu = await startBackend({ name: 'gpu', durationMs: 10 })
const nas = await startBackend({ name: 'nas', durationMs: 20 })
const folder = await mkdtemp(path.join(tmpdir(), 'soak-'))
await writeFile(
  path.join(folder, 'config.json'),
  JSON.stringify(
    configOf([gpu, nas], { defaultBackend: ['gpu', 'nas'], taskRouting: { ocr: ['nas', 'gpu'] } }),
  ),
)
const proxy = new Program(process.execPath, [path.join(projectRoot, 'test/support/soak-proxy.mjs'), folder])
const [, port = ''] = await proxy.until(/listening on (\d+)/)
const url = `http://127.0.0.1:${port}`

const figures = (): Figures | undefined => {
  const last = proxy.stdout
    .trimEnd()
    .split('\n')
    .findLast((line) => line.startsWith('figures '))
  return last === undefined ? undefined : (JSON.parse(last.slice('figures '.length)) as Figures)
}

const jobs = [
  () => predict(url, JOBS.searchText, 'mountains'),
  () => predict(url, JOBS.faces, photo),
  () => predict(url, JOBS.ocr, photo),
  () => predict(url, { ...JOBS.searchImage, ...JOBS.ocr }, photo),
]
const end = performance.now() + durationMs
const lost: string[] = []
let done = 0

async function sender(first: number): Promise<void> {
  for (let index = first; performance.now() < end; index++) {
    try {
      const answer = await jobs[index % jobs.length]?.()
      await answer?.arrayBuffer()
      if (answer?.status === 200) done++
      else lost.push(`${answer?.status ?? 0} ${answer?.statusText ?? ''}`)
    } catch (error) {
      lost.push(String(error))
    }
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

const WARM_UP_MS = Math.min(10_000, durationMs / 4)
let atStart: Figures | undefined
const warm = setTimeout(WARM_UP_MS).then(() => {
  atStart = figures()
})
await Promise.all([restarter(), warm, ...Array.from({ length: SENDERS }, (_, index) => sender(index))])
const atEnd = figures()
console.log(
  [
    `${values.minutes} min, ${restarts} restarts of a backend`,
    `requests ${done + lost.length}, lost ${lost.length}`,
    `RSS ${atStart?.rssMb ?? 0} MB after ${WARM_UP_MS / 1000} s, ${atEnd?.rssMb ?? 0} MB at the end`,
    `event-loop delay p99 ${atEnd?.loopDelayP99Ms ?? 0} ms`,
  ].join('\n'),
)
for (const loss of lost.slice(0, 10)) console.error(`lost: ${loss}`)
proxy.kill('SIGTERM')
await proxy.ended
await Promise.all([gpu.stop(), nas.stop(), rm(folder, { recursive: true, force: true })])
process.exit(lost.length === 0 ? 0 : 1)
