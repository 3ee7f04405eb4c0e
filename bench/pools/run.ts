/** `npm run bench:pools`: two machines and more behind one proxy. bench/README.md says what is measured and how. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { SHAPES, slotsOf, type Shape } from '../../test/support/simulation/shapes.ts'
import { immichForm, JOBS } from '../../test/support/immich-client.ts'
import { readPhoto } from '../../test/support/photo.ts'
import { CLI } from '../contenders.ts'
import { UsageError } from '../options.ts'
import { capture } from '../requests.ts'
import { writeSecondPart } from '../results-file.ts'
import { Stage } from '../stage.ts'
import { readMachine, requirePrograms, ToolMissing, versionOf } from '../tools.ts'
import { judge, type Cell, type LearnedSlots, type Results } from './judge.ts'
import { simulatedLanes, startLanes, type Lane, type Peers, type Run, type Times } from './lanes.ts'
import type { Requests } from './load.ts'
import { HELP, parsePoolsOptions, type PoolsOptions } from './options.ts'
import { figuresTable, section, targetsTable } from './report.ts'
import { Stand } from './stand.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2
const ROOT = path.join(import.meta.dirname, '..', '..')
const RESULTS_FILE = path.join(ROOT, 'bench', 'RESULTS.md')
/** Load before a measurement, and before the first one. */
const LEAD_MS = 1_500
const LEARN_MS = 30_000
const QUICK_LEARN_MS = 8_000

function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}

async function build(): Promise<void> {
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts', 'build.mjs')], {
    stdio: ['ignore', 2, 2],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error('The build failed; see above')
}

/** Moves the first `by` items to the end, so that the order of the lanes differs between rounds. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

/**
 * Shapes that change take long, so they are measured at one number in flight only, which is enough to use all machines.
 */
function inFlightOf(shape: Shape, wanted: readonly number[]): readonly number[] {
  if (shape.changes.length === 0) return wanted
  const enough = wanted.find((each) => each > slotsOf(shape) + 1) ?? wanted.at(-1)
  return enough === undefined ? [] : [enough]
}

/** Measures every lane at every number in flight, round by round. */
async function measure(shape: Shape, lanes: readonly Lane[], options: PoolsOptions): Promise<Results> {
  const learned: LearnedSlots[] = []
  for (const lane of lanes) {
    const slots = await lane.learn()
    if (slots !== undefined) learned.push({ shape, who: lane.who, slots })
  }
  const levels = inFlightOf(shape, options.inFlight)
  const runs = new Map<string, Run[]>()
  for (let round = 0; round < options.rounds; round++) {
    for (const inFlight of levels) {
      if (!options.simulated)
        tell(`(${shape.id}) round ${round + 1} of ${options.rounds}, ${inFlight} in flight`)
      for (const lane of rotated(lanes, round)) {
        const run = await lane.run(inFlight)
        if (run.errors.length > 0) tell(`${lane.who}: ${run.lost} lost: ${run.errors.join('; ')}`)
        const key = `${inFlight} ${lane.who}`
        runs.set(key, [...(runs.get(key) ?? []), run])
      }
    }
  }
  const cells: Cell[] = levels.flatMap((inFlight) =>
    lanes.map(({ who }) => ({ shape, inFlight, who, runs: runs.get(`${inFlight} ${who}`) ?? [] })),
  )
  return { cells, learned }
}

async function captureRequests(stage: Stage): Promise<Requests> {
  return {
    image: await capture(stage, 'image', immichForm(JOBS.searchImage, readPhoto())),
    text: await capture(stage, 'text', immichForm(JOBS.searchText, 'a dog on the beach')),
  }
}

async function measureReal(
  stage: Stage,
  peers: Peers,
  options: PoolsOptions,
  times: Times,
): Promise<Results> {
  const requests = await captureRequests(stage)
  const all: Results[] = []
  for (const shape of SHAPES.filter(({ id }) => options.shapes.includes(id))) {
    const stand = await Stand.start(stage, shape)
    const lanes = await startLanes(stage, stand, peers, requests, times, tell)
    tell(`(${shape.id}) ${shape.title}: ${lanes.length} contenders, load to learn from`)
    all.push(await measure(shape, lanes, options))
    for (const lane of lanes) await lane.stop()
    await stand.stop()
  }
  return joined(all)
}

async function measureSimulated(options: PoolsOptions, times: Times): Promise<Results> {
  const all: Results[] = []
  for (const shape of SHAPES.filter(({ id }) => options.shapes.includes(id))) {
    all.push(await measure(shape, simulatedLanes(shape, times), options))
  }
  return joined(all)
}

const joined = (all: readonly Results[]): Results => ({
  cells: all.flatMap(({ cells }) => cells),
  learned: all.flatMap(({ learned }) => learned),
})

function describe({ quick, rounds, seconds, simulated }: PoolsOptions, peers: Peers | undefined): string {
  const date = new Date().toISOString().slice(0, 10)
  const each = `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s`
  if (simulated || peers === undefined) return `${date}, ${each} on a simulated clock`
  const nginx = versionOf(peers.nginx, ['-v'], /nginx\/(\S+)/)
  const haproxy = versionOf(peers.haproxy, ['-v'], /version (\d\S+)/)
  const note = quick ? ' (--quick: for a smoke test, not for figures)' : ''
  const { node, kernel, cores, cpu } = readMachine()
  return `${date}, ${each}${note}; Node ${node}, nginx ${nginx}, HAProxy ${haproxy}, Linux ${kernel}, ${cores} cores of ${cpu}`
}

async function main(): Promise<number> {
  const options = parsePoolsOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const learnMs = options.quick ? QUICK_LEARN_MS : LEARN_MS
  const times: Times = { measureMs: options.seconds * 1_000, leadMs: LEAD_MS, learnMs }
  const stage = new Stage()
  try {
    let results: Results
    let peers: Peers | undefined
    if (options.simulated) {
      results = await measureSimulated(options, times)
    } else {
      const [nginx = '', haproxy = ''] = requirePrograms(['nginx', 'haproxy'], options.install)
      peers = { nginx, haproxy }
      if (options.build) await build()
      if (!existsSync(CLI)) throw new Error('dist/src-main is not there: run it without --no-build')
      results = await measureReal(stage, peers, options, times)
    }
    const targets = judge(results)
    const described = describe(options, peers)
    process.stdout.write(`\n${described}\n\n${figuresTable(results)}\n\n${targetsTable(targets)}\n`)
    if (options.writeResults) writeSecondPart(RESULTS_FILE, section(described, results, targets))
    return 0
  } finally {
    await stage.close()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`bench: ${error.message}; --help shows the flags\n`)
  else if (error instanceof ToolMissing) process.stderr.write(`bench: ${error.message}\n`)
  else
    process.stderr.write(
      `bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
  process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED
}
