/** The benchmark works: one case of it, once. What it measures is judged elsewhere, never here. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { CLI } from '../../../bench/contenders.ts'
import { parseOptions, UsageError } from '../../../bench/options.ts'
import { missingTools } from '../../../bench/tools.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const TSX = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs')

/** Why the benchmark cannot run here, or undefined. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux'
  const missing = missingTools()
  if (missing.length > 0) return `${missing.join(' and ')} not installed`
  // Other tests may use the build: it is not renewed under them.
  return existsSync(CLI) ? undefined : 'nothing is built'
}

const why = obstacle()
if (why !== undefined) console.warn(`The benchmark's smoke test is skipped: ${why}`)

const run = promisify(execFile)
const bench = (...args: string[]) =>
  run(process.execPath, [TSX, path.join(ROOT, 'bench', 'run.ts'), ...args], { cwd: ROOT })

interface Printed {
  results: { rows: { case: string; who: string; perSecond: number; p50Us: number }[] }
  targets: { what: string; met?: boolean }[]
}

describe('the command line of the benchmark', () => {
  it('asks for all parts unless some are named', () => {
    expect(parseOptions([]).parts.size).toBe(8)
    expect([...parseOptions(['--only=text8,idle']).parts]).toEqual(['text8', 'idle'])
  })

  it.each(['--only=text9', '--rounds=0', '--seconds=x', '--fast'])('refuses %s', (flag) => {
    expect(() => parseOptions([flag])).toThrow(UsageError)
  })

  it('measures less with --quick', () => {
    expect(parseOptions(['--quick'])).toMatchObject({ rounds: 1, seconds: 1 })
    expect(parseOptions([])).toMatchObject({ rounds: 5 })
    expect(parseOptions(['--quick', '--rounds=3']).rounds).toBe(3)
  })
})

describe.skipIf(why !== undefined)('the benchmark', () => {
  it('prints figures of every contender and judges the targets', { timeout: 60_000 }, async () => {
    const { stdout } = await bench('--quick', '--only=text1', '--json', '--no-build')
    const { results, targets } = JSON.parse(stdout) as Printed
    expect(results.rows.map(({ who }) => who)).toEqual(['direct', 'nginx', 'naive', 'ours', 'ours, debug on'])
    for (const row of results.rows) {
      expect(row.case).toBe('text1')
      expect(row.perSecond).toBeGreaterThan(0)
      expect(row.p50Us).toBeGreaterThan(0)
    }
    const measured = targets.filter(({ met }) => met !== undefined).map(({ what }) => what)
    expect(measured).toEqual(['one text'])
  })
})
