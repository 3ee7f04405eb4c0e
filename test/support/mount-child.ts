/**
 * Runs in a mount namespace of its own: mounts a single `config.json` as Docker does, and runs a proxy on it. The scene
 * is its first argument, a folder its second; prints what came of it as JSON.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { streamLogger } from '../../src-main/platform/log.ts'
import { confWriter, type WriterFactory } from '../../src-main/settings/writer.ts'
import { configOf, startProxy, type TestProxy } from './proxy.ts'

export type MountedScene = 'saves' | 'broken' | 'hand-edit' | 'read-only-folder' | 'read-only-file'

export interface SceneResult {
  /** What the calls answered, in turn. */
  readonly statuses: readonly number[]
  readonly answers: readonly string[]
  /** The file that is mounted, at the end. */
  readonly text: string
  /** The files of the user data folder, at the end, without those of states. */
  readonly files: readonly string[]
  readonly warnings: readonly string[]
  /** Lines of the log that speak of config.json. */
  readonly log: readonly string[]
  /** How often conf was called. */
  readonly writes: number
  /** Whether the mounted file is the same one as before. */
  readonly isSameFile: boolean
}

const [, , scene, root = ''] = process.argv
const source = path.join(root, 'source.json')
const folder = path.join(root, 'data')
const file = path.join(folder, 'config.json')
const BACKEND = configOf([{ name: 'one', url: 'http://127.0.0.1:9' }])
const BROKEN = `{"security": {"passwordHash": "scrypt:x", "allowedClients": ["127.0.0.1"]}, "backends": [,]}`

const mount = (...args: string[]): Buffer => execFileSync('mount', args)
const log: string[] = []
const answers: { status: number; text: string }[] = []
let writes = 0

const countingWriter: WriterFactory = async (where) => {
  const writer = await confWriter(where)
  return {
    write(data) {
      writes++
      writer.write(data)
    },
  }
}

const start = (): Promise<TestProxy> =>
  startProxy({
    userDataDir: folder,
    writer: countingWriter,
    log: streamLogger('info', { write: (line) => void log.push(line) }),
  })

async function post(proxy: TestProxy, config: object): Promise<void> {
  const response = await proxy.post('/api/config', config)
  answers.push({ status: response.status, text: await response.text() })
}

mkdirSync(folder)
writeFileSync(source, scene === 'broken' ? BROKEN : JSON.stringify(BACKEND))
writeFileSync(file, scene === 'read-only-folder' ? readFileSync(source) : '')
const { ino } = statSync(source)
if (scene === 'read-only-folder') {
  mount('--bind', folder, folder)
  mount('-o', 'remount,ro,bind', folder)
} else {
  mount('--bind', source, file)
  if (scene === 'read-only-file') mount('-o', 'remount,ro,bind', file)
}

const proxy = await start()
const get = await proxy.get('/api/config')
answers.push({ status: get.status, text: await get.text() })
if (scene === 'hand-edit') {
  const changed = new Promise((resolve) => proxy.service.store.once('change', resolve))
  writeFileSync(source, JSON.stringify({ ...BACKEND, note: 'by hand' }))
  await changed
  answers.push({ status: 0, text: JSON.stringify(proxy.service.store.config) })
} else if (scene !== 'broken') {
  // Longer, then shorter than before: nothing of the longer one may stay at the end.
  await post(proxy, { ...BACKEND, note: 'x'.repeat(10_000) })
  await post(proxy, { ...BACKEND, note: 'short' })
}
const { warnings } = proxy.service.status()
await proxy.service.stop(0)
const result: SceneResult = {
  statuses: answers.map(({ status }) => status),
  answers: answers.map(({ text }) => text),
  text: readFileSync(scene === 'read-only-folder' ? file : source, 'utf8'),
  files: readdirSync(folder)
    .filter((name) => name !== 'state')
    .sort(),
  warnings,
  log: log.filter((line) => line.includes('config.json')),
  writes,
  isSameFile: statSync(source).ino === ino,
}
process.stdout.write(JSON.stringify(result))
