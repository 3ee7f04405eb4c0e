import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { ConfigStore } from '../../../src-main/settings/store.ts'
import { serialize, type WriterFactory } from '../../../src-main/settings/writer.ts'
import { canMount } from '../../support/can-mount.ts'
import { folder, useFolder } from '../../support/folder.ts'

const CONFIG = { defaultBackend: 'gpu', backends: [{ name: 'gpu', url: 'http://gpu:3003' }] }

useFolder()
let file: string
let store: ConfigStore | undefined
let writes = 0

/** As where a single file is mounted and the list of mounts cannot be read: the rename fails. */
const busyWriter: WriterFactory = () =>
  Promise.resolve({
    write() {
      writes++
      throw Object.assign(new Error('EBUSY: resource busy or locked, rename'), { code: 'EBUSY' })
    },
  })

beforeEach(() => {
  writes = 0
  file = path.join(folder, 'config.json')
  writeFileSync(file, JSON.stringify(CONFIG))
})
afterEach(() => {
  store?.close()
  store = undefined
})

async function open(): Promise<ConfigStore> {
  store = await ConfigStore.open({ folder: path.dirname(file), writer: busyWriter, log: silentLogger() })
  return store
}
const save = (posted: object): void => void store?.save(store.judge(posted))
const read = (): unknown => JSON.parse(readFileSync(file, 'utf8'))

test('a file that turns out to be mounted is written in place, and from then on without a try', async () => {
  const { ino } = statSync(file)
  const opened = await open()
  for (const note of ['x'.repeat(5_000), 'y']) {
    save({ ...CONFIG, note })
    expect(read()).toMatchObject({ note })
  }
  expect(statSync(file).ino).toBe(ino)
  expect(writes).toBe(1)
  expect(readdirSync(folder)).toEqual(['config.json'])
  expect(opened.warnings).toEqual([])
})

test('a write in place that was cut short is finished at the next start', async () => {
  const whole = serialize({ ...CONFIG, security: { allowedClients: ['127.0.0.1'] }, note: 'saved' })
  writeFileSync(file, whole.slice(0, 60))
  writeFileSync(`${file}.saving`, whole)
  const opened = await open()
  expect(opened.config).toMatchObject({ note: 'saved', security: { allowedClients: ['127.0.0.1'] } })
  expect(opened.warnings).toEqual([])
  expect(readFileSync(file, 'utf8')).toBe(whole)
  expect(readdirSync(folder)).toEqual(['config.json'])
})

test.each([
  ['is cut short itself', serialize(CONFIG).slice(0, 60)],
  ['is of another write', serialize({ ...CONFIG, note: 'old' })],
])('a copy that %s is not used for a file that is whole', async (_what, copy) => {
  writeFileSync(`${file}.saving`, copy)
  expect((await open()).config).not.toHaveProperty('note')
  expect(readdirSync(folder)).toEqual(['config.json'])
})

test('a file and its copy that are both cut short: the password stays in force', async () => {
  writeFileSync(file, '{"security": {"passwordHash": "scrypt:x"')
  writeFileSync(`${file}.saving`, '{"security"')
  const opened = await open()
  expect(opened.config.security).toEqual({ passwordHash: 'scrypt:x' })
  expect(opened.warnings.join()).toContain('it was kept as config.json.broken-')
})

test.skipIf(!canMount())('on a full disk the old text stays', async () => {
  const disk = path.join(folder, 'disk')
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk])
  try {
    file = path.join(disk, 'config.json')
    const text = serialize(CONFIG)
    writeFileSync(file, text)
    await open()
    expect(() => {
      save({ ...CONFIG, note: 'x'.repeat(60_000) })
      save({ ...CONFIG, note: 'x'.repeat(65_000) })
    }).toThrow(/cannot be written \(ENOSPC/)
    expect(read()).toMatchObject(CONFIG)
    expect(readdirSync(disk)).toEqual(['config.json'])
  } finally {
    store?.close()
    execFileSync('umount', ['--lazy', disk])
  }
})
