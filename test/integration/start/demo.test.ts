/** `npm run demo`, as a newcomer without a GPU starts it. */
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Status } from '../../../src-shared/api.ts'
import { Program, projectRoot } from '../../support/program.ts'

let demo: Program | undefined

afterEach(async () => {
  demo?.kill('SIGKILL')
  await demo?.ended
  demo = undefined
})

function start(...args: string[]): Program {
  const script = path.join(projectRoot, 'test/support/demo.ts')
  demo = new Program(process.execPath, ['--import', 'tsx', script, ...args])
  return demo
}

test('prints what to open, for this computer alone, has traffic, and ends by SIGINT', async () => {
  const running = start('--port=0')
  const [, url = ''] = await running.until(/open\s+(http:\S+)\/config[^]*Ctrl\+C/)
  expect(new URL(url).hostname).toBe('127.0.0.1')
  const status = (await (await fetch(`${url}/api/status`)).json()) as Status
  expect(status.addresses).toEqual([url])
  await expect
    .poll(
      async () =>
        ((await (await fetch(`${url}/api/debug/status`)).json()) as { recordCount: number }).recordCount,
    )
    .toBeGreaterThan(0)
  running.kill('SIGINT')
  expect(await running.ended).toBe(0)
})

test('--host says where else it listens', async () => {
  const running = start('--port=0', '--host=127.0.0.2')
  const [, url = ''] = await running.until(/open\s+(http:\S+)\/config/)
  expect(new URL(url).hostname).toBe('127.0.0.2')
})

test('--help shows its own flags', async () => {
  const running = start('--help')
  expect(await running.ended).toBe(0)
  for (const flag of ['--port', '--host', '--log-level', '--help']) expect(running.stdout).toContain(flag)
})

test.each([
  ['--prot=1', '--help shows the flags'],
  ['--port=x', 'whole number'],
  ['--headless', '--help shows the flags'],
])('%s: one line, exit code 2', async (flag, message) => {
  const running = start(flag)
  expect(await running.ended).toBe(2)
  expect(running.stderr.trim().split('\n')).toEqual([expect.stringContaining(message)])
  expect(running.stderr).toContain(flag.split('=')[0])
})
