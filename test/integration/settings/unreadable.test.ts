import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { ConfigStore } from '../../../src-main/settings/store.ts'
import { confWriter } from '../../../src-main/settings/writer.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { Program } from '../../support/program.ts'

/** The error that opening config.json ends with; undefined for none. */
const failing = vi.hoisted(() => ({ code: undefined as string | undefined }))

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>()
  const openSync: typeof real.openSync = (file, ...rest) => {
    if (failing.code !== undefined && String(file).endsWith('config.json')) {
      throw Object.assign(new Error(`${failing.code}: simulated, open '${String(file)}'`), {
        code: failing.code,
      })
    }
    return real.openSync(file, ...rest)
  }
  return { ...real, default: { ...real, openSync }, openSync }
})

const TEXT = JSON.stringify({ security: { passwordHash: 'scrypt:x' } })

useFolder()
let file: string
let store: ConfigStore | undefined

beforeEach(() => {
  file = path.join(folder, 'config.json')
})
afterEach(() => {
  failing.code = undefined
  store?.close()
  store = undefined
})

async function open(): Promise<ConfigStore> {
  store = await ConfigStore.open({ folder, writer: confWriter, log: silentLogger() })
  return store
}

describe('a config.json that is there and cannot be read ends the start, and stays where it is', () => {
  const codes = Object.keys(constants.errno).filter((code) => code !== 'ENOENT')
  test.each(codes)('%s', async (code) => {
    writeFileSync(file, TEXT)
    failing.code = code
    await expect(open()).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/cannot be (?:read|used).*--user-data-dir=DIR/s) as string,
      }),
    )
    failing.code = undefined
    expect(readdirSync(folder)).toEqual(['config.json'])
    expect(readFileSync(file, 'utf8')).toBe(TEXT)
  })

  test('an error of the right to read says whose right it is', async () => {
    writeFileSync(file, TEXT)
    failing.code = 'EACCES'
    await expect(open()).rejects.toThrow(
      `${file} cannot be read: EACCES: simulated. It may hold a password, so nothing is started without it. ` +
        'Give the user that runs this program the right to read it',
    )
  })
})

function startProgram(): Program {
  const args = ['--headless', '--host=127.0.0.1', '--port=0', `--user-data-dir=${folder}`]
  return new Program(process.execPath, ['--import', 'tsx', 'src-main/cli.ts', ...args])
}

const makeFifo = (): Buffer => execFileSync('mkfifo', [file])

// No FIFOs and devices on Windows.
describe.skipIf(process.platform === 'win32')('what is no file', () => {
  const others: [string, () => unknown, RegExp][] = [
    ['a FIFO', makeFifo, /is a pipe, a socket or a device/],
    ['a device', () => symlinkSync('/dev/zero', file), /is a pipe, a socket or a device/],
    ['a terminal', () => symlinkSync('/dev/tty', file), /is a pipe, a socket or a device/],
    ['a folder', () => mkdirSync(file), /is a folder \(EISDIR\).*Docker makes a folder/],
    ['a link to itself', () => symlinkSync('config.json', file), /ELOOP.*lead in a circle/],
    [
      'a link to nothing',
      () => symlinkSync('gone.json', file),
      /is a link to a file that is missing.*estore that file/,
    ],
    [
      'a file of a gigabyte',
      () => {
        writeFileSync(file, '{')
        truncateSync(file, 1024 ** 3)
      },
      /is larger than 1048576 bytes/,
    ],
  ]
  test.each(others)('%s ends the start with the reason', async (_what, make, reason) => {
    make()
    await expect(open()).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_UNREADABLE' }))
    await expect(open()).rejects.toThrow(reason)
    expect(readdirSync(folder)).toEqual(['config.json'])
  })

  test('ends the program with exit 1', async () => {
    makeFifo()
    const program = startProgram()
    expect(await program.ended).toBe(1)
    expect(program.stderr).toContain(`${file} cannot be read: it is a pipe, a socket or a device, not a file`)
    expect(program.stdout).toBe('')
  })

  test('a socket ends it as well', async () => {
    const server = createServer().listen(file)
    await expect(open()).rejects.toThrow(/is a pipe, a socket or a device/)
    await new Promise((resolve) => server.close(resolve))
  })

  test('put in the place of the file while running, it is told, and a save moves it away', async () => {
    const config = { defaultBackend: 'gpu', backends: [{ name: 'gpu', url: 'http://gpu:3003' }] }
    writeFileSync(file, JSON.stringify(config))
    const opened = await open()
    rmSync(file)
    makeFifo()
    await expect.poll(() => opened.warnings.join()).toContain('it is a pipe, a socket or a device')
    opened.save(opened.judge({ ...config, note: 'saved' }))
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ note: 'saved' })
    expect(opened.warnings).toEqual([])
  })

  test('as sessions.json it does not keep the program from starting', async () => {
    execFileSync('mkfifo', [path.join(folder, 'sessions.json')])
    writeFileSync(file, TEXT)
    const program = startProgram()
    await program.until(/for Immich/)
    program.kill('SIGTERM')
    expect(await program.ended).toBe(0)
  })
})

test('a file of just the size that is read is read', async () => {
  writeFileSync(file, TEXT.padEnd(1_048_576))
  expect((await open()).config.security?.passwordHash).toBe('scrypt:x')
})
