// `npm test`: everything that must hold. Builds, lint, format, types, then the tests; ends with the count of all.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { build } from './build.mjs'
import { root, run, tool } from './lib.mjs'

const RESULTS = path.join(root, 'test-reports')
const VITEST_REPORT = path.join(RESULTS, 'vitest.json')
const PLAYWRIGHT_REPORT = path.join(RESULTS, 'playwright.json')

/** How many lines of each error are told again at the end. */
const LINES_OF_A_FAILURE = 20

/**
 * What is read of the runners' reports.
 *
 * @typedef {{ status: string, fullName: string, failureMessages: string[] }} VitestTest
 * @typedef {{ name: string, status: string, message: string, assertionResults: VitestTest[] }} VitestFile
 * @typedef {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: VitestFile[]
 * }} VitestReport
 * @typedef {{ results: { error?: { message?: string } }[] }} PlaywrightTest
 * @typedef {{ file: string, line: number, title: string, ok: boolean, tests: PlaywrightTest[] }} PlaywrightSpec
 * @typedef {{ specs?: PlaywrightSpec[], suites?: PlaywrightSuite[] }} PlaywrightSuite
 * @typedef {PlaywrightSuite & {
 *   stats: { expected: number, flaky: number, unexpected: number, skipped: number }
 * }} PlaywrightReport
 */

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

/**
 * Counts over both runners.
 *
 * @param {VitestReport | undefined} vitest
 * @param {PlaywrightReport | undefined} playwright
 */
function count(vitest, playwright) {
  const stats = playwright?.stats
  return {
    passed: (vitest?.numPassedTests ?? 0) + (stats === undefined ? 0 : stats.expected + stats.flaky),
    failed: (vitest?.numFailedTests ?? 0) + (stats?.unexpected ?? 0),
    skipped: (vitest?.numPendingTests ?? 0) + (vitest?.numTodoTests ?? 0) + (stats?.skipped ?? 0),
  }
}

/**
 * The failed tests of vitest: file, name, first lines of the error.
 *
 * @param {VitestReport | undefined} vitest
 * @returns {string[]}
 */
function failuresOfVitest(vitest) {
  return (vitest?.testResults ?? []).flatMap((file) => {
    const where = path.relative(root, file.name)
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && file.status === 'failed') return [`${where}\n${firstLines(file.message)}`]
    return failed.map((test) => `${where} > ${test.fullName}\n${firstLines(test.failureMessages.join('\n'))}`)
  })
}

/**
 * The failed tests of Playwright, in the same form.
 *
 * @param {PlaywrightSuite | undefined} suite the report, or a suite in it
 * @returns {string[]}
 */
function failuresOfPlaywright(suite) {
  const failed = (suite?.specs ?? []).filter((spec) => !spec.ok)
  const own = failed.map((spec) => {
    const results = spec.tests.flatMap((test) => test.results)
    return `${spec.file}:${spec.line} > ${spec.title}\n${firstLines(results.at(-1)?.error?.message)}`
  })
  return [...own, ...(suite?.suites ?? []).flatMap(failuresOfPlaywright)]
}

/** @param {string | undefined} text */
function firstLines(text) {
  const lines = (text ?? '').split('\n').slice(0, LINES_OF_A_FAILURE)
  return lines.map((line) => `    ${line}`).join('\n')
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

/** @type {VitestReport | undefined} */
const vitest = await report(VITEST_REPORT)
/** @type {PlaywrightReport | undefined} */
const playwright = await report(PLAYWRIGHT_REPORT)
const { passed, failed, skipped } = count(vitest, playwright)
// Told once more at the end: of a long log often only the end is kept.
for (const failure of [...failuresOfVitest(vitest), ...failuresOfPlaywright(playwright)]) {
  process.stdout.write(`\nfailed: ${failure}\n`)
}
// A check that failed is a failure too, or the last line would look well.
const failures = failed > 0 || allWell ? failed : 1
process.stdout.write(`\n${passed} passed, ${failures} failed, ${skipped} skipped\n`)
process.exitCode = allWell ? 0 : 1
