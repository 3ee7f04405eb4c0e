// `npm test`: everything that must hold. Builds, lint, format, types, then the tests; ends with the count of all.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { build } from './build.mjs'
import { root, run, tool } from './lib.mjs'

const RESULTS = path.join(root, 'test-reports')
const VITEST_REPORT = path.join(RESULTS, 'vitest.json')
const PLAYWRIGHT_REPORT = path.join(RESULTS, 'playwright.json')

/**
 * The static checks, in two rows that run at the same time: each tool uses one core, and both rows take about as long.
 */
const CHECKS = [
  [['eslint', '.']],
  [
    ['prettier', '--check', '--log-level', 'warn', '.'],
    ['tsc', '-p', 'tsconfig.json', '--noEmit'],
    ['tsc', '-p', 'tsconfig.test.json'],
    ['vue-tsc', '-p', 'tsconfig.renderer.json'],
  ],
]

/**
 * @param {string} title
 * @param {() => Promise<number>} work resolves with an exit code
 */
async function step(title, work) {
  const started = performance.now()
  process.stdout.write(`\n── ${title}\n`)
  const code = await work()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`── ${title}: ${code === 0 ? 'passed' : `failed (exit code ${code})`}, ${seconds} s\n`)
  return code === 0
}

/** @param {readonly string[]} command */
function runTool([name = '', ...args]) {
  return run(tool(name), args)
}

/** @param {readonly (readonly string[])[]} checks one after the other, all of them */
async function row(checks) {
  let well = true
  for (const check of checks) {
    well = (await step(check.slice(0, 3).join(' '), () => runTool(check))) && well
  }
  return well
}

/** @param {string} file */
async function report(file) {
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined
}

/** Counts over both runners: vitest and Playwright. */
async function count() {
  const vitest = await report(VITEST_REPORT)
  const playwright = await report(PLAYWRIGHT_REPORT)
  const stats = playwright?.stats
  return {
    passed: (vitest?.numPassedTests ?? 0) + (stats === undefined ? 0 : stats.expected + stats.flaky),
    failed: (vitest?.numFailedTests ?? 0) + (stats?.unexpected ?? 0),
    skipped: (vitest?.numPendingTests ?? 0) + (vitest?.numTodoTests ?? 0) + (stats?.skipped ?? 0),
  }
}

await rm(RESULTS, { recursive: true, force: true })
await mkdir(RESULTS, { recursive: true })

let allWell = await step('build', () => build())
allWell = (await Promise.all(CHECKS.map(row))).every(Boolean) && allWell
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${VITEST_REPORT}`]
allWell =
  (await step('unit, integration, component and desktop tests', () =>
    runTool(['vitest', 'run', ...reporters]),
  )) && allWell
if (existsSync(path.join(root, 'playwright.config.ts'))) {
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: PLAYWRIGHT_REPORT }
  const browserTests = () => run(tool('playwright'), ['test', '--reporter=list,json'], { env })
  allWell = (await step('browser tests', browserTests)) && allWell
}

const { passed, failed, skipped } = await count()
// A check that failed is a failure too, or the last line would look well.
const failures = failed > 0 || allWell ? failed : 1
process.stdout.write(`\n${passed} passed, ${failures} failed, ${skipped} skipped\n`)
process.exitCode = allWell ? 0 : 1
