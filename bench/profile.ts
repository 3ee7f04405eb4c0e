/** `npm run bench:profile -- image8`: ours under one case with V8's profiler, and where its time goes. */
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startFastBackends, startOurs } from './contenders.ts'
import { summarise, type CpuProfile, type SelfTime } from './cpuprofile.ts'
import { runLoad } from './load.ts'
import { cpuNs, pageFaults, withChildren } from './proc.ts'
import { captureRequests, type Requests } from './requests.ts'
import { Stage } from './stage.ts'
import { requireTools } from './tools.ts'

const CASES: Readonly<Record<string, { request: keyof Requests; connections: number }>> = {
  text1: { request: 'text', connections: 1 },
  text8: { request: 'text', connections: 8 },
  image1: { request: 'image', connections: 1 },
  image8: { request: 'image', connections: 8 },
  fanout1: { request: 'both', connections: 1 },
  fanout8: { request: 'both', connections: 8 },
}

const USAGE = `Usage: npm run bench:profile -- CASE [--debug] [--seconds=N] [--top=N] [--keep=FILE]
  CASE is one of ${Object.keys(CASES).join(', ')}; build first (npm run build)
  --keep=FILE keeps the .cpuprofile, for the developer tools of a browser
`

/** Microseconds between two samples. */
const SAMPLING_US = 200

function print(title: string, rows: readonly SelfTime[], most: number): void {
  process.stdout.write(`\n${title}\n`)
  for (const { name, where, ms, share } of rows.slice(0, most)) {
    const percent = `${(share * 100).toFixed(1)} %`.padStart(7)
    process.stdout.write(
      `${percent} ${ms.toFixed(0).padStart(6)} ms  ${name}${where === '' ? '' : `  ${where}`}\n`,
    )
  }
}

async function profile(stage: Stage, name: string, debug: boolean, seconds: number) {
  const tools = requireTools(false)
  const chosen = CASES[name]
  if (chosen === undefined) throw new Error(`There is no case "${name}"\n${USAGE}`)
  const requests = await captureRequests(stage)
  const { first, second } = await startFastBackends(stage, tools)
  const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${stage.folder}`, `--cpu-prof-interval=${SAMPLING_US}`]
  const backends = { first: first.url, second: second.url }
  const ours = await startOurs(stage, 'profiled', backends, { debug, nodeFlags })
  const { request, connections } = chosen
  const pids = withChildren(ours.pid)
  const faultsBefore = pageFaults(pids)
  const result = await runLoad(stage, tools.wrk, {
    url: ours.url,
    request: requests[request],
    connections,
    seconds,
  })
  const cpuMs = cpuNs(pids) / 1e6
  const faults = (pageFaults(pids) - faultsBefore) / result.requests
  // The profile is written when the process ends.
  await ours.stop()
  const file = readdirSync(stage.folder).find((entry) => entry.endsWith('.cpuprofile'))
  if (file === undefined) throw new Error('Node wrote no profile')
  return { file: path.join(stage.folder, file), result, cpuMs, faults }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    debug: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5' },
    top: { type: 'string', default: '25' },
    keep: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const [name] = positionals
if (values.help || name === undefined) {
  process.stdout.write(USAGE)
  process.exit(values.help ? 0 : 2)
}
const stage = new Stage()
try {
  const { file, result, cpuMs, faults } = await profile(stage, name, values.debug, Number(values.seconds))
  const { busyMs, idleMs, functions, files } = summarise(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile)
  const rate = `${Math.round(result.perSecond)} requests/s under the profiler`
  process.stdout.write(`${name}${values.debug ? ', debug mode on' : ''}: ${rate}, `)
  process.stdout.write(`busy ${Math.round(busyMs)} ms, idle ${Math.round(idleMs)} ms, `)
  process.stdout.write(`CPU time of all threads with the start ${Math.round(cpuMs)} ms; `)
  process.stdout.write(`${faults.toFixed(1)} page faults per request\n`)
  print('Self time by function', functions, Number(values.top))
  print('Self time by file', files, Math.ceil(Number(values.top) / 2))
  if (values.keep !== undefined) copyFileSync(file, values.keep)
} finally {
  await stage.close()
}
