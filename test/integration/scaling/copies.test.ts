/** Two copies behind HAProxy, with the configuration of docs/scaling.md; one of them dies under load. */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { folder, useFolder } from '../../support/folder.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { freePort } from '../../support/ports.ts'
import { Program, projectRoot, startCli } from '../../support/program.ts'
import { readPhoto } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'
import { hasTool } from '../../support/system-tools.ts'

const CONFIGURATION = path.join(projectRoot, 'docs/deploy/haproxy.cfg')
const hasHaproxy = hasTool({ command: 'haproxy', from: 'Debian: haproxy' }, 'two copies behind HAProxy')

/** Photos in all, and how many are on their way at once. */
const PHOTOS = 400
const AT_ONCE = 16
/** As large as a preview of Immich, and so larger than the buffer that HAProxy has unless told: with long comments. */
const PHOTO = withComments(readPhoto(), 8)
const BACKEND_MS = 20

/** A JPEG with so many comments of 65,533 bytes behind its first marker. */
function withComments(jpeg: Buffer, count: number): Buffer {
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0xff, 0xff]), Buffer.alloc(0xff_fd, 'x')])
  return Buffer.concat([jpeg.subarray(0, 2), ...Array<Buffer>(count).fill(comment), jpeg.subarray(2)])
}

useFolder()
const programs: Program[] = []
let backends: SimulatedBackend[] = []

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill('SIGKILL')
    await program.ended
  }
  for (const backend of backends.splice(0)) await backend.stop()
})

function run(program: Program): Program {
  programs.push(program)
  return program
}

/** Starts a copy on a port, with a folder of its own, and waits until it is ready. */
async function startCopy(port: number): Promise<Program> {
  const data = path.join(folder, String(port))
  await mkdir(data, { recursive: true })
  await writeFile(
    path.join(data, 'config.json'),
    JSON.stringify(configOf(backends, { defaultBackend: ['gpu', 'nas'] })),
  )
  const copy = run(startCli(['--follower', '--host=127.0.0.1', `--port=${port}`, `--user-data-dir=${data}`]))
  await copy.until(/open\s+http/)
  return copy
}

/** HAProxy with the documented configuration; only the addresses are others. */
async function startHaproxy(port: number, copies: readonly number[]): Promise<string> {
  const [one = 0, two = 0] = copies
  const text = readFileSync(CONFIGURATION, 'utf8')
    .replace('bind :3004', `bind 127.0.0.1:${port}`)
    .replace('192.168.1.5:3004', `127.0.0.1:${one}`)
    .replace('192.168.1.6:3004', `127.0.0.1:${two}`)
  expect(text.replaceAll(/^#.*$/gm, '')).not.toContain(':3004')
  const file = path.join(folder, 'haproxy.cfg')
  await writeFile(file, text)
  run(new Program('haproxy', ['-db', '-f', file]))
  const url = `http://127.0.0.1:${port}`
  await expect
    .poll(() =>
      fetch(`${url}/ping`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)
  return url
}

interface Load {
  answered: number
  readonly failures: string[]
  readonly ended: Promise<unknown>
}

/** Photos, one after the other in each of {@link AT_ONCE} rows. */
function load(url: string): Load {
  let begun = 0
  const row = async (): Promise<void> => {
    while (begun < PHOTOS) {
      begun++
      const answer = await predict(url, JOBS.faces, PHOTO).catch((error: unknown) => String(error))
      const text = typeof answer === 'string' ? answer : await answer.text()
      if (typeof answer === 'string' || answer.status !== 200 || !text.includes('facial-recognition')) {
        state.failures.push(text)
      } else state.answered++
    }
  }
  const state: Load = {
    answered: 0,
    failures: [],
    ended: Promise.all(Array.from({ length: AT_ONCE }, row)),
  }
  return state
}

test.skipIf(!hasHaproxy)('the configuration is one that HAProxy takes', async () => {
  const check = new Program('haproxy', ['-c', '-f', CONFIGURATION])
  expect([await check.ended, check.stderr]).toEqual([0, ''])
})

test.skipIf(!hasHaproxy).each(['SIGKILL', 'SIGTERM'] as const)(
  'one copy ended by %s under load loses no photo, and takes its share when it is back',
  async (signal) => {
    backends = [
      await startBackend({ name: 'gpu', durationMs: BACKEND_MS }),
      await startBackend({ name: 'nas', durationMs: BACKEND_MS }),
    ]
    const [port, first, second] = [await freePort(), await freePort(), await freePort()]
    const one = await startCopy(first)
    await startCopy(second)
    const url = await startHaproxy(port, [first, second])

    const work = load(url)
    await expect.poll(() => work.answered).toBeGreaterThan(PHOTOS / 4)
    one.kill(signal)
    expect(await one.ended).toBe(signal === 'SIGTERM' ? 0 : signal)
    await expect.poll(() => work.answered).toBeGreaterThan(PHOTOS / 2)
    await startCopy(first)
    await work.ended
    expect(work.failures).toEqual([])
    expect(work.answered).toBe(PHOTOS)

    // The one that is back is asked again: debug mode of it alone counts what comes.
    const back = `http://127.0.0.1:${first}`
    await fetch(`${back}/api/debug/toggle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: true }),
    })
    await expect
      .poll(async () => {
        await Promise.all(Array.from({ length: 4 }, () => predict(url, JOBS.searchText, 'x')))
        return ((await (await fetch(`${back}/api/debug/status`)).json()) as { recordCount: number })
          .recordCount
      })
      .toBeGreaterThan(0)
  },
)

test.skipIf(!hasHaproxy)('the pages are not open through HAProxy', async () => {
  const [port, first, second] = [await freePort(), await freePort(), await freePort()]
  backends = [await startBackend({ name: 'gpu' }), await startBackend({ name: 'nas' })]
  await startCopy(first)
  await startCopy(second)
  const url = await startHaproxy(port, [first, second])
  for (const name of ['/', '/config', '/api/config', '/predict/../api/config']) {
    expect([name, (await fetch(url + name)).status]).toEqual([name, 404])
  }
})
