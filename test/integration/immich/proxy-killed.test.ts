/** A whole proxy that is killed while it has paused Immich's queues, and started again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../support/ports.ts'
import { Program, projectRoot } from '../../support/program.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'
import { ADMIN_KEY, startImmich, type SimulatedImmich } from '../../support/simulated-immich.ts'

const PROGRAM = path.resolve(import.meta.dirname, '../../support/proxy-process.ts')
const PHOTOS = 20

let folder: string
let url: string
let gpu: SimulatedBackend
let immich: SimulatedImmich
let running: ChildProcess | undefined

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'proxy-killed-'))
  url = `http://127.0.0.1:${await freePort()}`
  gpu = await startBackend({ name: 'gpu' })
  immich = await startImmich({ mlUrls: [url] })
})
afterEach(async () => {
  await kill()
  await immich.close()
  await gpu.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const args = ['--import', 'tsx', PROGRAM, folder, new URL(url).port]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running = child
  await once(child.stdout, 'data')
}

async function kill(): Promise<void> {
  const child = running
  running = undefined
  if (child === undefined) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** Whether smart search is paused. Immich pings each 30 s, which are 0.6 s here. */
async function isPaused(): Promise<boolean> {
  await immich.ping()
  return immich.queues.smartSearch.isPaused()
}

/** Starts the proxy with a guard, and kills it once that has paused smart search: its backend is away. */
async function killWhilePaused(): Promise<void> {
  await start()
  await immich.ping()
  const config = configOf([gpu], {
    hold: { graceSeconds: 0 },
    immich: { url: immich.url, apiKey: ADMIN_KEY, guard: 'on' },
  })
  const saved = await fetch(new URL('/api/config', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(config),
  })
  expect(saved.status).toBe(200)
  await gpu.kill()
  await expect.poll(isPaused, { timeout: 20_000 }).toBe(true)
  await kill()
}

/** Runs the program as its uninstaller does. Resolves with its exit code and what it prints. */
async function resumeQueues(): Promise<[number | string, string]> {
  const cli = path.join(projectRoot, 'src-main/cli.ts')
  const args = ['--import', 'tsx', cli, '--resume-queues', `--user-data-dir=${folder}`]
  const program = new Program(process.execPath, args)
  return [await program.ended, program.stdout]
}

test('before it is removed it resumes the queues, though no backend is there', async () => {
  await killWhilePaused()
  expect(await resumeQueues()).toEqual([0, 'No queue of Immich is paused by this program\n'])
  for (const queue of ['smartSearch', 'faceDetection', 'ocr'] as const) {
    expect(await immich.queues[queue].isPaused()).toBe(false)
  }
})

test('and says what it could not resume', async () => {
  await killWhilePaused()
  await immich.stop()
  const left = expect.stringMatching(/smartSearch.* of the Immich at http.* may still be paused/) as string
  expect(await resumeQueues()).toEqual([1, left])
  await immich.start()
})

test('the queues run again after the next start, and every photo is done', async () => {
  await killWhilePaused()
  await immich.upload(PHOTOS)
  expect(await immich.queues.smartSearch.isPaused()).toBe(true)
  await gpu.start()
  await start()
  await expect.poll(isPaused, { timeout: 20_000 }).toBe(false)
  await expect.poll(() => immich.tally('smartSearch')).toEqual({ done: PHOTOS, twice: 0 })
})
