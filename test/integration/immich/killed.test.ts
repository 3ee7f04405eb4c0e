/** A program that is killed while it has paused Immich's queues, and started again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

const PROGRAM = path.resolve(import.meta.dirname, '../../support/guard-process.ts')
const HOST = '127.0.0.1:3004'

let folder: string
let server: SimulatedImmich
const running = new Set<ChildProcess>()

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'immich-killed-'))
  server = await startImmich({ mlUrls: [`http://${HOST}`] })
})
afterEach(async () => {
  for (const child of running) await kill(child)
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(served: 'served' | 'away'): Promise<ChildProcess> {
  const args = ['--import', 'tsx', PROGRAM, folder, server.url, ADMIN_KEY, HOST, served]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  running.delete(child)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

const isPaused = () => server.queues.smartSearch.isPaused()

test('queues that it paused run again after the next start, once a backend has been healthy', async () => {
  const first = await start('away')
  await expect.poll(isPaused).toBe(true)
  await kill(first)
  expect(await isPaused()).toBe(true)
  expect(readFileSync(path.join(folder, 'state', 'immich-guard.json'), 'utf8')).toContain('"away"')
  await server.adminPauses('duplicateDetection')
  await start('served')
  await expect.poll(isPaused).toBe(false)
  expect(await server.queues.duplicateDetection.isPaused()).toBe(true)
  await expect
    .poll(() => readFileSync(path.join(folder, 'state', 'immich-guard.json'), 'utf8'))
    .not.toContain('"away"')
})

test.each([
  ['does it all the same', undefined],
  ['does nothing', { kind: 'status', status: 500 } as const],
])('killed when Immich is asked to pause, which %s: the next start finds out', async (_what, fault) => {
  const first = await start('away')
  const exited = once(first, 'exit')
  server.onCall = (method) => {
    if (method !== 'PUT') return
    // Before the answer is on its way.
    first.kill('SIGKILL')
    server.fault = fault
  }
  await exited
  running.delete(first)
  server.onCall = () => undefined
  server.fault = undefined
  expect(readFileSync(path.join(folder, 'state', 'immich-guard.json'), 'utf8')).toContain('"asked"')
  const wasPaused = await isPaused()
  expect(wasPaused).toBe(fault === undefined)
  await start('served')
  await expect
    .poll(() => readFileSync(path.join(folder, 'state', 'immich-guard.json'), 'utf8'))
    .not.toContain('"asked"')
  await expect.poll(isPaused).toBe(false)
})
