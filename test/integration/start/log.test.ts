/** A log that cannot be written: a full disk, a reader that stands still or is gone. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { folder, useFolder } from '../../support/folder.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { projectRoot } from '../../support/program.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend } from '../../support/simulated-backend.ts'

useFolder()

let child: ChildProcess | undefined
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

/** Starts the built command line with a log of one line for each request. */
async function start(stderr: 'pipe' | number): Promise<{ program: ChildProcess; url: string }> {
  const args = [
    '--headless',
    '--port=0',
    '--host=127.0.0.1',
    `--user-data-dir=${folder}`,
    '--log-level=debug',
  ]
  const program = spawn(process.execPath, [path.join(projectRoot, 'dist/src-main/cli.js'), ...args], {
    stdio: ['ignore', 'pipe', stderr],
  })
  child = program
  let output = ''
  for (;;) {
    const [chunk] = (await once(program.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    output += chunk.toString()
    const url = /open\s+(http:\S+)\/config/.exec(output)?.[1]
    if (url !== undefined) return { program, url }
  }
}

/** Requests some of which are told in the log by their long path. */
async function ask(url: string, count: number): Promise<void> {
  const target = `${url}/${'x'.repeat(2_000)}`
  for (let done = 0; done < count; done += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(target)))
    for (const answer of answers) {
      expect(answer.status).toBe(404)
      await answer.arrayBuffer()
    }
  }
}

async function endInOrder(program: ChildProcess): Promise<void> {
  const ended = once(program, 'exit')
  program.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
}

test.skipIf(process.platform !== 'linux')('a full disk ends nothing', async () => {
  const full = openSync('/dev/full', 'a')
  const { program, url } = await start(full)
  closeSync(full)
  await ask(url, 200)
  await endInOrder(program)
})

test('a reader that stands still holds nothing up, and is told later what was dropped', async () => {
  const { program, url } = await start('pipe')
  await ask(url, 600)
  let log = ''
  program.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
  await expect
    .poll(async () => {
      await ask(url, 20)
      return log
    })
    .toMatch(/"msg":"\d+ lines of the log could not be written"/)
  for (const line of log.trimEnd().split('\n').slice(0, -1))
    expect(() => JSON.parse(line) as unknown).not.toThrow()
  await endInOrder(program)
})

test('a signal ends the program in order while nobody reads its log', async () => {
  const backend = await startBackend({ name: 'gpu' })
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(configOf([backend])))
  const { program, url } = await start('pipe')
  await ask(url, 600)
  const held = gate()
  backend.predictFault = { kind: 'held', until: held.promise }
  const answer = predict(url, JOBS.searchText, 'x')
  await expect.poll(() => backend.active).toBe(1)
  const ended = once(program, 'exit')
  program.kill('SIGTERM')
  held.resolve()
  expect((await answer).status).toBe(200)
  expect(await ended).toEqual([0, null])
  await backend.stop()
})

test('readers that are gone end nothing', async () => {
  const { program, url } = await start('pipe')
  program.stderr?.destroy()
  program.stdout?.destroy()
  await ask(url, 200)
  await endInOrder(program)
})
