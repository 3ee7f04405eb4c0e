/**
 * `npm run demo`: two simulated backends and the proxy in front, configured, with some traffic, so that a newcomer
 * without a GPU sees everything live. Ctrl+C ends it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { AppError } from '../../src-main/platform/errors.ts'
import { createLogger } from '../../src-main/platform/log.ts'
import { FlagError } from '../../src-main/platform/start-values.ts'
import { createService } from '../../src-main/app/service.ts'
import { DEMO_HELP, parseDemoFlags, type DemoFlags } from './demo-flags.ts'
import { JOBS, predict } from './immich-client.ts'
import { readPhoto } from './photo.ts'
import { configOf } from './proxy.ts'
import { startBackend } from './simulated-backend.ts'

const PAUSE_MS = 1_200
const photo = readPhoto()

/** Ends the process for `--help` and for a command line that cannot be used. */
function readFlags(): DemoFlags {
  try {
    const flags = parseDemoFlags(process.argv.slice(2))
    if (!flags.help) return flags
    process.stdout.write(DEMO_HELP)
    process.exit(0)
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    console.error(`demo: ${error.message}`)
    process.exit(2)
  }
}

const flags = readFlags()

const gpu = await startBackend({ name: 'gpu', durationMs: 40 })
const nas = await startBackend({ name: 'nas', durationMs: 180 })
const folder = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-demo-'))
const service = await createService({
  userDataDir: folder,
  log: await createLogger(flags.logLevel),
  host: flags.host,
  port: flags.port,
  debug: true,
})

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort())

async function stop(code: number): Promise<never> {
  await service.stop(1_000)
  await Promise.all([gpu.stop(), nas.stop(), rm(folder, { recursive: true, force: true })])
  process.exit(code)
}

try {
  await service.start()
} catch (error) {
  if (!(error instanceof AppError)) throw error
  console.error(`demo: ${error.message}`)
  await stop(1)
}
await service.saveConfig(
  configOf([gpu, nas], {
    taskRouting: { ocr: 'nas', 'facial-recognition': ['gpu', 'nas'] },
    modelTypeRouting: { textual: 'nas' },
    taskRoutingPolicy: { ocr: 'fallback' },
    modelTypeRoutingPolicy: { textual: 'fallback' },
  }),
)
const [url = '', ...others] = service.status().addresses
console.log(`Immich ML Proxy, a demo: two simulated backends, "gpu" and "nas", and some traffic
  open           ${url}/config  who does what
                 ${url}/debug   what was asked and answered`)
for (const other of others) console.log(`                 ${other}/config`)
console.log('  end            Ctrl+C; nothing is kept')

const QUERIES = ['beach at sunset', 'Geburtstag mit Oma', '猫とソファ', 'red car', 'mountains in winter']
const rounds = [
  () => predict(url, JOBS.searchImage, photo),
  () => predict(url, JOBS.faces, photo),
  () => predict(url, JOBS.searchText, QUERIES[Math.floor(Math.random() * QUERIES.length)] ?? 'sea'),
  () => predict(url, JOBS.ocr, photo),
  () => predict(url, { ...JOBS.searchImage, ...JOBS.ocr }, photo),
  () => fetch(new URL('/ping', url)),
]

for (let index = 0; !ending.signal.aborted; index++) {
  // Now and then one of the two fails, so that failover can be seen.
  if (index % 17 === 11) nas.predictFault = [{ kind: 'status', status: 503 }]
  await rounds[index % rounds.length]?.()
  // Ended early by the signal, which is no error here.
  await setTimeout(PAUSE_MS, undefined, { signal: ending.signal }).catch(() => undefined)
}
await stop(0)
