/** `npm run bench`: this proxy beside nginx and a naive proxy. README.md says what is measured and how. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { startCases } from './cases.ts'
import { CLI, startFastBackends, startSlowBackends } from './contenders.ts'
import { measureBursts } from './memory.ts'
import { proveBodyIsRead } from './nginx.ts'
import { HELP, parseOptions, UsageError, type Options } from './options.ts'
import { describeRun, reportJson, reportText, resultsMarkdown, type Report } from './report.ts'
import { captureRequests } from './requests.ts'
import { writeFirstPart } from './results-file.ts'
import { runRounds } from './rounds.ts'
import { Stage } from './stage.ts'
import { measureColdStart, measureIdle } from './startup.ts'
import { judgeTargets, type Results } from './targets.ts'
import { readVersions, requireTools, ToolMissing, type Tools } from './tools.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2
const RESULTS_FILE = path.join(import.meta.dirname, 'RESULTS.md')
const BUILD = path.join(import.meta.dirname, '..', 'scripts', 'build.mjs')

/** Waits and repetitions of a full run and of a quick one, seconds. */
const FULL = { warmUp: 8, settle: 30, burst: 5, afterBurst: 60, idle: 30, starts: 5 }
const QUICK = { warmUp: 0, settle: 2, burst: 1, afterBurst: 4, idle: 3, starts: 3 }

/** The parts that wrk loads in rounds. */
const LOADED = ['text1', 'text8', 'image1', 'image8', 'fanout'] as const

/** Progress goes beside the results. */
function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}

/** Builds ours where it is stale. */
async function build(): Promise<void> {
  const child = spawn(process.execPath, [BUILD], { stdio: ['ignore', 2, 2] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error('The build failed; see above')
}

async function measure(stage: Stage, tools: Tools, options: Options): Promise<Results> {
  const { parts, rounds, seconds, quick } = options
  const times = quick ? QUICK : FULL
  const requests = await captureRequests(stage)
  const backends = await startFastBackends(stage, tools)
  await proveBodyIsRead(backends.first, requests.image)
  const urls = { first: backends.first.url, second: backends.second.url }
  const slow = parts.has('fanout') ? await startSlowBackends(stage) : undefined
  const isLoaded = LOADED.some((part) => parts.has(part))
  const running = isLoaded
    ? await startCases(stage, tools, requests, backends, slow, parts)
    : { cases: [], stop: () => Promise.resolve() }
  const rows = await runRounds(stage, tools, running.cases, { rounds, seconds, warmUp: times.warmUp, tell })
  await running.stop()
  if (parts.has('start')) tell(`cold start, ${times.starts} times`)
  const coldStartMs = parts.has('start') ? await measureColdStart(stage, urls, times.starts) : undefined
  const measureIdleOnce = async () => {
    if (!parts.has('idle')) return undefined
    tell(`idle, ${times.idle} s`)
    return measureIdle(stage, urls, times.idle, times.settle)
  }
  const measureBurst = async () => {
    if (!parts.has('burst')) return undefined
    const { settle, burst, afterBurst } = times
    const seconds = { settleSeconds: settle, loadSeconds: burst, waitSeconds: afterBurst }
    return measureBursts(stage, tools, { backends: urls, image: requests.image, ...seconds, tell })
  }
  // Two measurements at once disturb each other a little, so this is done only in a quick run.
  if (quick) {
    const [idle, burst] = await Promise.all([measureIdleOnce(), measureBurst()])
    return { rows, burst, coldStartMs, idle }
  }
  const idle = await measureIdleOnce()
  const burst = await measureBurst()
  return { rows, burst, coldStartMs, idle }
}

function print(report: Report, options: Options): void {
  if (options.json) process.stdout.write(`${reportJson(report)}\n`)
  else process.stdout.write(`\n${describeRun(report)}\n\n${reportText(report)}\n`)
  if (options.writeResults) writeFirstPart(RESULTS_FILE, resultsMarkdown(report))
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const tools = requireTools(options.install)
  if (options.build) await build()
  if (!existsSync(CLI)) throw new Error('dist/src-main is not there: run it without --no-build')
  const stage = new Stage()
  try {
    const results = await measure(stage, tools, options)
    const { quick, rounds, seconds } = options
    const date = new Date().toISOString().slice(0, 10)
    const versions = readVersions(tools)
    const targets = judgeTargets(results)
    print({ date, versions, options: { quick, rounds, seconds }, results, targets }, options)
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
