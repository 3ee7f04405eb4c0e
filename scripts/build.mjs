// Builds what is stale: the main process with tsc, the views with Vite. `--force` builds all.
import './check-node.mjs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { newest, root, run, tool } from './lib.mjs'

const SHARED = ['package.json', 'package-lock.json', 'tsconfig.base.json']

const PARTS = [
  {
    name: 'main',
    what: 'the service',
    outputs: ['src-main', 'src-shared'],
    sources: ['src-main', 'src-shared', 'tsconfig.json', ...SHARED],
    command: ['tsc', '-p', 'tsconfig.json'],
  },
  {
    name: 'renderer',
    what: 'the pages',
    outputs: ['renderer'],
    sources: ['src-renderer', 'src-shared', 'vite.config.ts', ...SHARED],
    command: ['vite', 'build', '--logLevel', 'warn'],
  },
]

/** With another NODE_ENV, as the one of vitest, Vite would bundle the development build of Vue and its tools: 234 instead of 147 KB in the first script. */
const BUILD_ENV = { ...process.env, NODE_ENV: 'production' }

/** @param {typeof PARTS[number]} part */
const stampOf = ({ name }) => path.join('dist', `.built-${name}`)

/**
 * Whether a part has to be built: its last build is not newer than all its sources.
 * @param {typeof PARTS[number]} part
 */
async function isStale(part) {
  return (await newest([stampOf(part)])) <= (await newest(part.sources))
}

/** @param {typeof PARTS[number]} part */
async function buildPart(part) {
  const { name, outputs, command } = part
  for (const output of outputs) await rm(path.join(root, 'dist', output), { recursive: true, force: true })
  const [program = '', ...args] = command
  const code = await run(tool(program), args, { env: BUILD_ENV })
  if (code !== 0) return code
  await mkdir(path.join(root, 'dist'), { recursive: true })
  // It is the program of package.json's "bin", and TypeScript writes it like any other file.
  if (name === 'main') await chmod(path.join(root, 'dist/src-main/cli.js'), 0o755)
  await writeFile(path.join(root, stampOf(part)), '')
  return 0
}

/** Builds what is stale, tells so, and returns the exit code. */
export async function build(force = false) {
  const stale = []
  for (const part of PARTS) if (force || (await isStale(part))) stale.push(part)
  if (stale.length === 0) return 0
  const isFirst = (await newest(PARTS.map(stampOf))) === 0
  const what = stale.map((part) => part.what).join(' and ')
  console.error(`Building ${what}${isFirst ? '; the first time takes up to a minute' : ''} …`)
  const started = performance.now()
  const codes = await Promise.all(stale.map(buildPart))
  const failed = codes.find((code) => code !== 0)
  if (failed !== undefined) return failed
  console.error(`Built in ${((performance.now() - started) / 1000).toFixed(0)} s.`)
  return 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await build(process.argv.includes('--force'))
}
