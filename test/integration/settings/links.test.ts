import { once } from 'node:events'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { watchFile } from '../../../src-main/settings/file.ts'
import { ConfigStore } from '../../../src-main/settings/store.ts'
import { confWriter } from '../../../src-main/settings/writer.ts'

const CONFIG = { defaultBackend: 'gpu', backends: [{ name: 'gpu', url: 'http://gpu:3003' }] }
const noted = (note: string): string => JSON.stringify({ ...CONFIG, note })

let root: string
let folder: string
let file: string
let store: ConfigStore | undefined

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-links-'))
  folder = path.join(root, 'data')
  mkdirSync(folder)
  file = path.join(folder, 'config.json')
})
afterEach(() => {
  store?.close()
  store = undefined
  rmSync(root, { recursive: true, force: true })
})

async function open(): Promise<ConfigStore> {
  store = await ConfigStore.open({ folder, writer: confWriter, log: silentLogger() })
  return store
}
const save = (posted: object): void => void store?.save(store.judge(posted))

// Windows lets only administrators make links.
describe.skipIf(process.platform === 'win32')('a config.json that is a link', () => {
  let target: string
  beforeEach(() => {
    target = path.join(root, 'mine.json')
    writeFileSync(target, noted('first'))
    symlinkSync(target, file)
  })

  test.each([
    ['written', (text: string) => writeFileSync(target, text)],
    [
      'replaced, as editors do',
      (text: string) => {
        writeFileSync(`${target}~`, text)
        renameSync(`${target}~`, target)
      },
    ],
  ])('is followed when the file behind it is %s', async (_what, change) => {
    const opened = await open()
    const changed = once(opened, 'change')
    change(noted('second'))
    await changed
    expect(opened.config).toMatchObject({ note: 'second' })
  })

  test('is read again when the watch begins, as it may have changed after the first reading', async () => {
    let stop = (): void => undefined
    await new Promise<void>((resolve, reject) => {
      stop = watchFile(file, resolve, reject)
    })
    stop()
  })

  test('stays a link after a save, and the file behind it is written', async () => {
    await open()
    save({ ...CONFIG, note: 'saved' })
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(JSON.parse(readFileSync(target, 'utf8'))).toMatchObject({ note: 'saved' })
    expect(readdirSync(root).sort()).toEqual(['data', 'mine.json'])
  })

  test('to what is no JSON stays one as well, and what was typed is kept aside', async () => {
    writeFileSync(target, '{"security": {"passwordHash": "scrypt:x"},, "typed": true}')
    await open()
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(JSON.parse(readFileSync(target, 'utf8'))).toMatchObject({ security: { passwordHash: 'scrypt:x' } })
    const aside = readdirSync(folder).find((name) => name.includes('.broken-')) ?? ''
    expect(lstatSync(path.join(folder, aside)).isFile()).toBe(true)
    expect(readFileSync(path.join(folder, aside), 'utf8')).toContain('"typed"')
  })

  test('of a Kubernetes ConfigMap is followed when the folder behind it is swapped', async () => {
    // kubelet: config.json → ..data/config.json, ..data → ..<time>, which is replaced by a rename.
    const version = (name: string, text: string): void => {
      mkdirSync(path.join(folder, `..${name}`))
      writeFileSync(path.join(folder, `..${name}`, 'config.json'), text)
      symlinkSync(`..${name}`, path.join(folder, '..data_tmp'))
      renameSync(path.join(folder, '..data_tmp'), path.join(folder, '..data'))
    }
    rmSync(file)
    version('2025_01_01', noted('first'))
    symlinkSync(path.join('..data', 'config.json'), file)
    const opened = await open()
    expect(opened.config).toMatchObject({ note: 'first' })
    const changed = once(opened, 'change')
    version('2025_01_02', noted('second'))
    await changed
    expect(opened.config).toMatchObject({ note: 'second' })
  })
})
