// Builds what is stale: the main process with tsc, the views with Vite. `--force` builds all.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { newest, root, run, tool } from './lib.mjs'

const SHARED = ['package.json', 'package-lock.json', 'tsconfig.base.json']

const PARTS = [
  {
    name: 'main',
    outputs: ['src-main', 'src-shared'],
    sources: ['src-main', 'src-shared', 'tsconfig.json', ...SHARED],
    command: ['tsc', '-p', 'tsconfig.json'],
  },
  {
    name: 'renderer',
    outputs: ['renderer'],
    sources: ['src-renderer', 'src-shared', 'vite.config.ts', ...SHARED],
    command: ['vite', 'build', '--logLevel', 'warn'],
  },
]

/**
 * Builds one part unless its last build is newer than all its sources.
 * @param {typeof PARTS[number]} part
 * @param {boolean} force
 */
async function buildPart({ name, outputs, sources, command }, force) {
  const stamp = path.join('dist', `.built-${name}`)
  if (!force && (await newest([stamp])) > (await newest(sources))) return 0
  for (const output of outputs) await rm(path.join(root, 'dist', output), { recursive: true, force: true })
  const [program = '', ...args] = command
  const code = await run(tool(program), args)
  if (code !== 0) return code
  await mkdir(path.join(root, 'dist'), { recursive: true })
  // It is the program of package.json's "bin", and TypeScript writes it like any other file.
  if (name === 'main') await chmod(path.join(root, 'dist/src-main/cli.js'), 0o755)
  await writeFile(path.join(root, stamp), '')
  return 0
}

/** Builds what is stale and returns the exit code. */
export async function build(force = false) {
  const codes = await Promise.all(PARTS.map((part) => buildPart(part, force)))
  return codes.find((code) => code !== 0) ?? 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await build(process.argv.includes('--force'))
}
