/** The calls that the documents show are made as they stand there, at another port. */
import { copyFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeBlocks, codeSpans, commandsOf, documents, readDocument } from '../../support/documents.ts'
import { folderOfFile } from '../../support/folder.ts'
import { PHOTO_FILE } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'
import { Program, startCli } from '../../support/program.ts'
import { hasTool } from '../../support/system-tools.ts'

const SHOWN_AT = /http:\/\/(?:localhost|192\.168\.1\.5):3004/
/** Calls that never end are ended; curl says so by this exit code. */
const TIMED_OUT = 28
const LIMIT_SECONDS = 3

const calls = documents()
  .filter((page) => page === 'README.md' || page.startsWith('docs/'))
  .flatMap((page) => {
    const text = readDocument(page)
    const inBlocks = codeBlocks(text).flatMap(({ language, text: code }) =>
      language === 'sh' ? commandsOf(code) : [],
    )
    return [...inBlocks, ...codeSpans(text)].filter((command) => command.startsWith('curl '))
  })

const hasCurl = hasTool({ command: 'curl', from: 'Debian: curl' }, 'calling what the documents show')

describe.skipIf(!hasCurl || process.platform === 'win32')('the calls in the documents', () => {
  const folder = folderOfFile()
  let backend: SimulatedBackend
  let service: Program
  let url: string

  beforeAll(async () => {
    backend = await startBackend({ name: 'gpu' })
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(configOf([backend])))
    copyFileSync(PHOTO_FILE, path.join(folder, 'photo.jpg'))
    service = startCli(['--headless', '--port=0', '--host=127.0.0.1', `--user-data-dir=${folder}`])
    ;[, url = ''] = await service.until(/open\s+(http:\S+)\/config/)
  })
  afterAll(async () => {
    service.kill('SIGTERM')
    await service.ended
    await backend.stop()
  })

  test('are some', () => expect(calls.length).toBeGreaterThan(5))

  test.each(calls)('%s', async (command) => {
    expect(command).toMatch(SHOWN_AT)
    const options = `--silent --show-error --fail --max-time ${LIMIT_SECONDS}`
    const asked = new Program('bash', [
      '-c',
      `cd ${folder} && ${command.replace(SHOWN_AT, url).replace(/^curl/, `curl ${options}`)}`,
    ])
    const isEndless = command.includes(' -N ')
    expect([await asked.ended, isEndless ? '' : asked.stderr]).toEqual([isEndless ? TIMED_OUT : 0, ''])
    expect(asked.stdout).not.toBe('')
  })
})
