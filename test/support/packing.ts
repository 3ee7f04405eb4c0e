/** Packs the app with electron-builder against stubs of Electron; each step has a time limit. */
import { spawn } from 'node:child_process'
import { cpSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { writeStub, type StubPlatform } from './stub-electron.ts'

/** The folder of the project. */
export const root = path.resolve(import.meta.dirname, '../..')

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs a program to its end. When `limitMs` are over it is killed, and its code is null. */
export function runLimited(
  command: string,
  args: readonly string[],
  limitMs: number,
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    const take = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    const limit = setTimeout(() => {
      output += `\nkilled after ${limitMs} ms`
      child.kill('SIGKILL')
    }, limitMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(limit)
      resolve({ code, output })
    })
  })
}

const PACKED = [
  'package.json',
  'package-lock.json',
  'electron-builder.yml',
  'LICENSE',
  'dist',
  'resources',
  'build',
]

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>
}

/**
 * Copies the built project as `npm ci --omit=dev` would leave it: what the packed app needs and only a
 * development dependency brings would be missed.
 */
export function stageProject(folder: string): void {
  for (const name of PACKED) cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock
  const modules = realpathSync(path.join(root, 'node_modules'))
  for (const [name, { dev }] of Object.entries(lock.packages)) {
    if (name === '' || dev === true) continue
    const inside = name.slice('node_modules/'.length)
    const nested = path.join(modules, inside, 'node_modules')
    cpSync(path.join(modules, inside), path.join(folder, name), {
      recursive: true,
      // What is nested has an entry of its own.
      filter: (source) => source !== nested,
    })
  }
}

/**
 * The platforms that electron-builder can pack for on a platform: for macOS it packs on macOS and, unpacked, on Linux;
 * on Windows it refuses.
 */
export function packablePlatforms(host: NodeJS.Platform): StubPlatform[] {
  return host === 'win32' ? ['linux', 'win32'] : ['linux', 'win32', 'darwin']
}

const SWITCH: Readonly<Record<StubPlatform, string>> = { linux: '--linux', win32: '--win', darwin: '--mac' }
/** Three run at once on two cores, beside other tests. */
const PACK_LIMIT_MS = 180_000

/** Packs the unpacked app of a platform; the folder of the result is `out`. */
export async function pack(platform: StubPlatform, project: string, out: string): Promise<Ended> {
  const stub = `${out}-stub`
  await writeStub(platform, stub)
  const builder = path.join(root, 'node_modules/electron-builder/cli.js')
  const args = ['--projectDir', project, SWITCH[platform], 'dir', '--x64', '--publish', 'never']
  // A stub has nothing to sign, also on a Mac.
  const unsigned = platform === 'darwin' ? ['-c.mac.identity=null'] : []
  const config = [`-c.electronDist=${stub}`, `-c.directories.output=${out}`, ...unsigned]
  const env = { ...process.env, CSC_IDENTITY_AUTO_DISCOVERY: 'false' }
  return runLimited(process.execPath, [builder, ...args, ...config], PACK_LIMIT_MS, { cwd: project, env })
}
