import { execFileSync } from 'node:child_process'
import { chmod, link, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { confWriter, type WriterFactory } from '../../../src-main/settings/writer.ts'
import { ConfigStore } from '../../../src-main/settings/store.ts'
import { canMount } from '../../support/can-mount.ts'
import { folder, useFolder } from '../../support/folder.ts'

const GPU = { name: 'gpu', url: 'http://gpu:3003' }
const CONFIG = { defaultBackend: 'gpu', backends: [GPU], taskRouting: { clip: 'gpu' } }

useFolder()
let file: string
let store: ConfigStore | undefined

beforeEach(() => {
  file = path.join(folder, 'config.json')
})

afterEach(() => {
  store?.close()
  store = undefined
})

async function open(writer: WriterFactory = confWriter, where = folder): Promise<ConfigStore> {
  store = await ConfigStore.open({ folder: where, writer, log: silentLogger() })
  return store
}

/** Judges and saves in the store that was opened last. */
function save(posted: object, ifMatch?: string): void {
  store?.save(store.judge(posted, ifMatch))
}

const written = async () => JSON.parse(await readFile(file, 'utf8')) as unknown

describe('the file of version 0.1', () => {
  const kept = () => readFile(`${file}.0.1`, 'utf8')
  const bySpeed = { ...CONFIG, defaultBackend: { backends: ['gpu'], share: 'by-speed' } }

  test('is kept, readable for the user alone, with the first save that says what it does not know', async () => {
    const text = JSON.stringify(CONFIG)
    await writeFile(file, text)
    await open()
    save({ ...CONFIG, taskRouting: {} })
    await expect(kept()).rejects.toThrow('ENOENT')
    const before = await readFile(file, 'utf8')
    save(bySpeed)
    expect(await kept()).toBe(before)
    if (process.platform !== 'win32') expect((await stat(`${file}.0.1`)).mode & 0o777).toBe(0o600)
    save(CONFIG)
    save(bySpeed)
    expect(await kept()).toBe(before)
  })

  test.each([
    { taskRouting: { ocr: { backends: ['gpu'], share: 'in-order' } } },
    { modelTypeRouting: { visual: { backends: ['gpu'] } } },
    { backends: [{ ...GPU, maxConcurrent: 'auto' }] },
    { backends: [{ ...GPU, wake: { mac: '02:00:00:00:00:05' } }] },
    { backends: [{ ...GPU, yield: { games: true } }] },
    { backends: [{ ...GPU, manage: { container: 'immich_machine_learning' } }] },
    { taskRoutingPolicy: { clip: 'wait' } },
    { hold: { graceSeconds: 5 } },
  ])('is kept for %j', async (fields) => {
    await writeFile(file, JSON.stringify(CONFIG))
    await open()
    save({ ...CONFIG, ...fields })
    expect(JSON.parse(await kept())).toEqual(CONFIG)
  })

  test('is none where there was no file before', async () => {
    await open()
    save(bySpeed)
    await expect(kept()).rejects.toThrow('ENOENT')
  })
})

describe('loading', () => {
  test('no file: the defaults, and nothing is written before the first save', async () => {
    const opened = await open(confWriter, path.join(folder, 'new', 'folder'))
    expect(opened.config.backends).toEqual([])
    expect(opened.warnings).toEqual([])
    expect(await readdir(path.join(folder, 'new', 'folder'))).toEqual([])
  })

  test('a file of the original, with a byte order mark or without', async () => {
    const original = {
      ...CONFIG,
      taskRouting: { facial_recognition: 'gpu', search: '' },
      taskRoutingPolicy: { search: '' },
    }
    await writeFile(file, `\uFEFF${JSON.stringify(original)}`)
    expect((await open()).config).toMatchObject({ taskRouting: { facial_recognition: 'gpu', search: '' } })
  })

  test.each([
    ['is no JSON', '{"backends": ['],
    ['is empty', ''],
  ])('a file that %s is kept aside and told, and the defaults are used', async (_what, text) => {
    await writeFile(file, text)
    const opened = await open()
    expect(opened.config.backends).toEqual([])
    const [aside, ...others] = await readdir(folder)
    expect(aside).toMatch(/^config\.json\.broken-\d{4}-\d\d-\d\dT/)
    expect(others).toEqual([])
    expect(await readFile(path.join(folder, aside ?? ''), 'utf8')).toBe(text)
    expect(opened.warnings).toEqual([expect.stringContaining(aside ?? '')])
    save(CONFIG)
    expect(await written()).toMatchObject(CONFIG)
    expect(opened.warnings).toEqual([])
  })

  test.each([
    ['names a backend that does not exist', JSON.stringify({ ...CONFIG, defaultBackend: 'tpu' }), 1],
    [
      'has a backend without http://',
      JSON.stringify({ ...CONFIG, backends: [GPU, { name: 'nas', url: 'nas:3003' }] }),
      1,
    ],
    ['is a list', '[]', 0],
  ])(
    'a file that %s is used as far as it can be, and stays until a save keeps it aside',
    async (_what, text, usable) => {
      await writeFile(file, text)
      const opened = await open()
      expect(opened.config.backends).toHaveLength(usable)
      expect(opened.warnings.join()).toContain('In config.json: ')
      expect(await readdir(folder)).toEqual(['config.json'])
      expect(await readFile(file, 'utf8')).toBe(text)
      save(CONFIG)
      expect(opened.warnings).toEqual([])
      const aside = (await readdir(folder)).find((name) => name.includes('broken')) ?? ''
      expect(await readFile(path.join(folder, aside), 'utf8')).toBe(text)
      save({ ...CONFIG, note: 'again' })
      expect(await readdir(folder)).toHaveLength(2)
    },
  )

  test('a folder that cannot be used is a clear error', async () => {
    await writeFile(path.join(folder, 'taken'), '')
    for (const where of [path.join(folder, 'taken', 'sub'), path.join(folder, 'taken')]) {
      await expect(open(confWriter, where)).rejects.toThrow(
        expect.objectContaining({ code: 'FOLDER_UNUSABLE' }),
      )
    }
  })

  test('rights of others are taken away', async () => {
    await writeFile(file, JSON.stringify(CONFIG))
    await chmod(file, 0o644)
    await open()
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
  })
})

describe('saving', () => {
  test('writes a readable file for the user alone, and keeps fields it does not know', async () => {
    await open()
    save({ ...CONFIG, note: 'mine' })
    expect(await readFile(file, 'utf8')).toContain('\n  "defaultBackend": "gpu"')
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
    save(CONFIG)
    expect(await written()).toMatchObject({ note: 'mine' })
    expect((await open()).config).toMatchObject({ ...CONFIG, note: 'mine' })
  })

  test('tells of each change, with a new revision', async () => {
    const opened = await open()
    const revisions = [opened.revision]
    opened.on('change', () => revisions.push(opened.revision))
    save(CONFIG)
    save({ ...CONFIG, taskRouting: {} })
    save({ ...CONFIG, backends: [{ ...GPU, headers: { 'X-A': 'one' } }] })
    save({ ...CONFIG, backends: [{ ...GPU, headers: { 'X-A': 'two' } }] })
    expect(new Set(revisions).size).toBe(5)
  })

  test('a disk that is full is an error to the caller; file and memory stay as they were', async () => {
    let full = false
    const opened = await open(async (where) => {
      const writer = await confWriter(where)
      return {
        write(data) {
          if (full) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
          writer.write(data)
        },
      }
    })
    save(CONFIG)
    const before = await readFile(file, 'utf8')
    const { revision } = opened
    full = true
    expect(() => save({ ...CONFIG, taskRouting: {} })).toThrow(/cannot be written \(ENOSPC/)
    expect(await readFile(file, 'utf8')).toBe(before)
    expect(opened.config).toMatchObject(CONFIG)
    expect(opened.revision).toBe(revision)
  })

  test.skipIf(!canMount())(
    'a disk that is full for real: the old file stays, also a broken one',
    async () => {
      const disk = path.join(folder, 'disk')
      await mkdir(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk])
      try {
        file = path.join(disk, 'config.json')
        const opened = await open(confWriter, disk)
        save(CONFIG)
        const before = await readFile(file, 'utf8')
        const fill = async () => {
          await writeFile(path.join(disk, 'fill'), Buffer.alloc(128 * 1024)).catch(() => undefined)
        }
        await fill()
        const large = { ...CONFIG, note: 'x'.repeat(9_000) }
        expect(() => save(large)).toThrow(/cannot be written \(ENOSPC/)
        expect(await readFile(file, 'utf8')).toBe(before)
        await rm(path.join(disk, 'fill'))
        await writeFile(file, '{"oops')
        await fill()
        expect(() => save(large)).toThrow(/cannot be written \(ENOSPC/)
        expect(await readFile(file, 'utf8')).toBe('{"oops')
        expect(opened.config).toMatchObject(CONFIG)
        expect((await readdir(disk)).filter((name) => name.startsWith('config.json.broken'))).toEqual([])
        await rm(path.join(disk, 'fill'))
        save(large)
        expect(await written()).toMatchObject(large)
      } finally {
        store?.close()
        execFileSync('umount', ['--lazy', disk])
      }
    },
  )

  test('where SNAP is set the file is still replaced in one step', async () => {
    const before = process.env['SNAP']
    process.env['SNAP'] = '/snap/editor/1'
    try {
      await open()
      save(CONFIG)
      const { ino } = await stat(file)
      // A second name keeps the number of the first file from being used again.
      await link(file, path.join(folder, 'first'))
      save({ ...CONFIG, note: 'more' })
      expect((await stat(file)).ino).not.toBe(ino)
      expect(process.env['SNAP']).toBe('/snap/editor/1')
    } finally {
      if (before === undefined) delete process.env['SNAP']
      else process.env['SNAP'] = before
    }
  })

  test('sixty saves watched by a reader that never sees half a file', async () => {
    await open()
    save(CONFIG)
    const done = new AbortController()
    let reads = 0
    const reader = (async () => {
      while (!done.signal.aborted) {
        JSON.parse(await readFile(file, 'utf8'))
        reads++
      }
    })()
    for (let index = 0; index < 60; index++) {
      save({ ...CONFIG, note: 'x'.repeat(index * 1_000) })
      await new Promise((resolve) => setImmediate(resolve))
    }
    done.abort()
    await reader
    expect(reads).toBeGreaterThan(0)
    expect(await written()).toMatchObject({ note: 'x'.repeat(59_000) })
  })
})

describe('a change by hand', () => {
  test('is picked up while running', async () => {
    const opened = await open()
    save(CONFIG)
    const changed = once(opened, 'change')
    await writeFile(file, JSON.stringify({ ...CONFIG, taskRouting: {} }))
    await changed
    expect(opened.config.taskRouting).toEqual({})
  })

  test('that cannot be used is told and changes nothing; the next save keeps a copy of it', async () => {
    const opened = await open()
    save(CONFIG)
    const warned = once(opened, 'warnings')
    await writeFile(file, '{"backends": oops')
    await warned
    expect(opened.config).toMatchObject(CONFIG)
    expect(opened.warnings).toEqual([expect.stringContaining('changed by hand and is not used')])
    save({ ...CONFIG, note: 'new' })
    expect(opened.warnings).toEqual([])
    const aside = (await readdir(folder)).find((name) => name.includes('broken'))
    expect(await readFile(path.join(folder, aside ?? ''), 'utf8')).toBe('{"backends": oops')
  })

  test('that takes the file away is told, and a save brings it back', async () => {
    const opened = await open()
    save(CONFIG)
    const warned = once(opened, 'warnings')
    await rm(file)
    await warned
    expect(opened.config).toMatchObject(CONFIG)
    save(CONFIG)
    expect(await written()).toMatchObject(CONFIG)
  })

  /** A folder in the file's place cannot be read by anybody, root included. */
  async function makeUnreadable(): Promise<void> {
    await rename(file, `${file}.mine`)
    await mkdir(file)
  }

  test('that makes the file unreadable is told; readable again and the same, all is as before', async () => {
    const opened = await open()
    save(CONFIG)
    let warned = once(opened, 'warnings')
    await makeUnreadable()
    await warned
    await expect.poll(() => opened.warnings).toEqual([expect.stringContaining('EISDIR')])
    const changes: unknown[] = []
    opened.on('change', (config) => changes.push(config))
    warned = once(opened, 'warnings')
    await rmdir(file)
    await rename(`${file}.mine`, file)
    await warned
    await expect.poll(() => opened.warnings).toEqual([])
    expect(changes).toEqual([])
    save({ ...CONFIG, note: 'more' })
    expect(await readdir(folder)).toEqual(['config.json'])
  })

  test.each(['as soon as it is noticed', 'before it is noticed'])(
    'that makes the file unreadable keeps nobody from saving, %s',
    async (when) => {
      const opened = await open()
      save(CONFIG)
      const warned = once(opened, 'warnings')
      await makeUnreadable()
      if (when === 'as soon as it is noticed') await warned
      save({ ...CONFIG, note: 'saved' })
      expect(await written()).toMatchObject({ note: 'saved' })
      expect(opened.warnings).toEqual([])
      expect((await readdir(folder)).filter((name) => name.includes('broken'))).toHaveLength(1)
    },
  )

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'that takes the right to read away does neither',
    async () => {
      await open()
      save(CONFIG)
      await chmod(file, 0)
      save({ ...CONFIG, note: 'saved' })
      expect(await written()).toMatchObject({ note: 'saved' })
    },
  )

  test('in the moment before a save is not lost: the save with its revision is refused', async () => {
    const opened = await open()
    save(CONFIG)
    const { revision } = opened
    await writeFile(file, JSON.stringify({ ...CONFIG, taskRouting: { ocr: 'gpu' } }))
    expect(() => save({ ...CONFIG, taskRouting: {} }, revision)).toThrow(
      expect.objectContaining({ status: 412 }) as Error,
    )
    expect(opened.config.taskRouting).toEqual({ ocr: 'gpu' })
  })

  test('in the moment before a save without a revision counts as made before it', async () => {
    const opened = await open()
    save(CONFIG)
    await writeFile(file, JSON.stringify({ ...CONFIG, note: 'by hand', server: { port: 4000 } }))
    save({ ...CONFIG, taskRouting: {} })
    expect(opened.config).toMatchObject({ note: 'by hand', server: { port: 4000 }, taskRouting: {} })
    await writeFile(file, JSON.stringify({ ...CONFIG, note: 'again' }))
    opened.edit((config) => ({ ...config, app: { launchAtLogin: true } }))
    expect(await written()).toMatchObject({ note: 'again', app: { launchAtLogin: true } })
  })

  test('between judging and saving is not lost either, nor is a password that was set meanwhile', async () => {
    const opened = await open()
    save(CONFIG)
    const drafts = [
      opened.judge({ ...CONFIG, taskRouting: {} }),
      opened.judge({ ...CONFIG, taskRouting: {} }, opened.revision),
    ] as const
    await writeFile(file, JSON.stringify({ ...CONFIG, note: 'by hand' }))
    opened.edit((config) => ({ ...config, security: { passwordHash: 'hash' } }))
    opened.save(drafts[0])
    const merged = { note: 'by hand', security: { passwordHash: 'hash' }, taskRouting: {} }
    expect(opened.config).toMatchObject(merged)
    expect(() => opened.save(drafts[1])).toThrow(expect.objectContaining({ status: 412 }) as Error)
    expect(await written()).toMatchObject(merged)
  })

  test('in the moment before a save that cannot be used is kept aside', async () => {
    await open()
    save(CONFIG)
    await writeFile(file, '{"backends": oops')
    save({ ...CONFIG, note: 'new' })
    const aside = (await readdir(folder)).find((name) => name.includes('broken'))
    expect(await readFile(path.join(folder, aside ?? ''), 'utf8')).toBe('{"backends": oops')
  })

  test('our own saves are not taken for one', async () => {
    const opened = await open()
    let changes = 0
    opened.on('change', () => changes++)
    save(CONFIG)
    const changed = once(opened, 'change')
    await writeFile(file, JSON.stringify({ ...CONFIG, note: 'by hand' }))
    await changed
    expect(changes).toBe(2)
  })
})
