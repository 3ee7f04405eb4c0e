import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { MAX_STATE_FILE_BYTES } from '../../../src-main/settings/limits.ts'
import { StateFile } from '../../../src-main/settings/state-file.ts'

let folder: string
let logged: string
const log = streamLogger('info', { write: (line) => void (logged += line) })
const open = (schema: z.ZodType<number> = z.number()) =>
  new StateFile({ folder, subject: 'slots', schema, log, durable: true })
const GPU = { name: 'gpu', url: 'http://gpu:3003' }

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'state-file-'))
  logged = ''
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('keeps a value by name and URL over a restart', () => {
  open().set(GPU, 4)
  open().set({ name: 'nas', url: 'http://nas:3003' }, 2)
  expect(open().get(GPU)).toBe(4)
  expect(open().get({ ...GPU, url: 'http://gpu:3004' })).toBeUndefined()
  expect(open().get({ ...GPU, name: 'nas' })).toBeUndefined()
  expect(open().entries.map(({ name }) => name)).toEqual(['gpu', 'nas'])
})

test('a value is written over, taken away, and all are replaced', () => {
  const state = open()
  state.set(GPU, 4)
  state.set(GPU, 5)
  expect(open().entries).toEqual([{ ...GPU, value: 5 }])
  state.replace([{ name: 'nas', url: 'http://nas:3003', value: 1 }])
  expect(open().get(GPU)).toBeUndefined()
  state.set({ name: 'nas', url: 'http://nas:3003' }, undefined)
  expect(open().entries).toEqual([])
})

test.skipIf(process.platform === 'win32')('only the user may read it, and no temporary file is left', () => {
  const state = open()
  state.set(GPU, 4)
  expect(statSync(state.file).mode & 0o777).toBe(0o600)
  expect(statSync(path.dirname(state.file)).mode & 0o777).toBe(0o700)
  expect(readdirSync(path.dirname(state.file))).toEqual(['slots.json'])
})

test.each([
  ['no JSON', 'secret"{', 'it cannot be used'],
  ['of another shape', '{"entries":"secret"}', 'it cannot be used'],
  ['too large', 'x'.repeat(MAX_STATE_FILE_BYTES + 1), 'it is larger than'],
])('a file that is %s is empty and logged without its content', (_what, text, reason) => {
  const { file } = open()
  mkdirSync(path.dirname(file))
  writeFileSync(file, text)
  expect(open().entries).toEqual([])
  expect(logged).toContain(reason)
  expect(logged).not.toContain('secret')
})

test('an entry of another shape is dropped, the others stay', () => {
  const state = open()
  state.replace([
    { ...GPU, value: 4 },
    { name: 'nas', url: 'u', value: 99 },
  ])
  expect(open(z.number().max(10)).entries).toEqual([{ ...GPU, value: 4 }])
  expect(logged).toContain('"dropped":1')
})

test.skipIf(process.platform === 'win32')('a pipe in its place does not hang the start', () => {
  const { file } = open()
  mkdirSync(path.dirname(file))
  execFileSync('mkfifo', [file])
  expect(open().entries).toEqual([])
  expect(logged).toContain('not a file')
})

test('where it cannot be written the error names the file, and the value is as before', () => {
  const state = open()
  state.set(GPU, 4)
  rmSync(path.dirname(state.file), { recursive: true })
  writeFileSync(path.dirname(state.file), 'a file where the folder should be')
  expect(() => state.set(GPU, 5)).toThrow(`${state.file} cannot be written`)
  expect(() => state.requireWritable()).toThrow('--user-data-dir')
  expect(state.get(GPU)).toBe(4)
  expect(readFileSync(path.dirname(state.file), 'utf8')).toContain('a file')
})
