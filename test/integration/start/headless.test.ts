import { createServer } from 'node:net'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { version } from '../../../src-main/platform/package-info.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { gate } from '../../support/gate.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { listening } from '../../support/listening.ts'
import { startCli, type Program } from '../../support/program.ts'
import { configOf } from '../../support/proxy.ts'
import { startBackend } from '../../support/simulated-backend.ts'

useFolder()
let program: Program | undefined

afterEach(async () => {
  program?.kill('SIGKILL')
  await program?.ended
  program = undefined
})

function start(...args: string[]): Program {
  program = startCli(['--headless', '--port=0', '--host=127.0.0.1', `--user-data-dir=${folder}`, ...args])
  return program
}

async function urlOf(running: Program): Promise<string> {
  const [, url = ''] = await running.until(/open\s+(http:\S+)\/config/)
  return url
}

describe('the command-line entry', () => {
  test('says its version, the folder of its configuration and the addresses to open', async () => {
    const running = start()
    const url = await urlOf(running)
    expect(running.stdout).toContain(`Immich ML Proxy ${version}`)
    expect(running.stdout).toContain(folder)
    expect(running.stdout).toContain(`for Immich     ${url}`)
    expect((await fetch(`${url}/api/status`)).status).toBe(200)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with exit code 0', async (signal) => {
    const running = start()
    await urlOf(running)
    running.kill(signal)
    expect(await running.ended).toBe(0)
  })

  test('a signal lets a request finish and ends event streams', async () => {
    const backend = await startBackend({ name: 'gpu' })
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(configOf([backend])))
    const running = start()
    const url = await urlOf(running)
    const held = gate()
    backend.predictFault = { kind: 'held', until: held.promise }
    const answer = predict(url, JOBS.searchText, 'x')
    const stream = await fetch(`${url}/api/events`)
    await expect.poll(() => backend.active).toBe(1)
    running.kill('SIGTERM')
    await stream.text()
    held.resolve()
    expect((await answer).status).toBe(200)
    expect(await running.ended).toBe(0)
    await backend.stop()
  })

  test('says what it waits for at its end, and a second signal ends that too', async () => {
    const backend = await startBackend({ name: 'gpu' })
    const running = start()
    const url = await urlOf(running)
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(configOf([backend])))
    await expect.poll(async () => (await fetch(`${url}/ping`)).status).toBe(200)
    backend.predictFault = { kind: 'hang' }
    const cut = predict(url, JOBS.searchText, 'x').catch((error: unknown) => error)
    await expect.poll(() => backend.active).toBe(1)
    running.kill('SIGTERM')
    await expect.poll(() => running.stderr).toContain('waiting for 1 request to finish; once more to end now')
    running.kill('SIGINT')
    expect(await running.ended).toBe(0)
    expect(await cut).toBeInstanceOf(Error)
    await backend.stop()
  })

  test.runIf(process.platform === 'linux')(
    'a folder that cannot be made is told, not tried for ever',
    async () => {
      const running = start('--user-data-dir=/proc/nowhere/x')
      expect(await running.ended).toBe(1)
      expect(running.stderr).toContain('/proc/nowhere/x')
    },
  )

  test('a port already taken: an error that names the port and the flag, exit code 1', async () => {
    const taken = createServer()
    const port = await listening(taken)
    const running = start(`--port=${port}`)
    expect(await running.ended).toBe(1)
    expect(running.stderr).toContain(`Port ${port} is already taken`)
    expect(running.stderr).toContain('--port=PORT')
    taken.close()
  })

  test.each([['--unknown'], ['--port=x'], ['--port -1'], ['--log-level=loud']])(
    '%s: a clear error, exit code 2',
    async (flags) => {
      const running = start(...flags.split(' '))
      expect(await running.ended).toBe(2)
      expect(running.stderr).toContain(flags.split(/[= ]/)[0])
      expect(running.stderr.trim().split('\n')).toHaveLength(1)
    },
  )

  test('--help and --version', async () => {
    const help = start('--help')
    expect([await help.ended, help.stdout]).toEqual([0, expect.stringContaining('--user-data-dir=DIR')])
    const shown = start('--version')
    expect([await shown.ended, shown.stdout]).toEqual([0, `${version}\n`])
  })

  test('--debug: debug mode on from the start', async () => {
    const url = await urlOf(start('--debug'))
    expect(await (await fetch(`${url}/api/debug/status`)).json()).toMatchObject({ enabled: true })
  })

  test('serves what config.json says, its port too', async () => {
    const backend = await startBackend()
    const config = { ...configOf([backend]), server: { host: '127.0.0.1' } }
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config))
    const url = await urlOf(start())
    expect((await predict(url, JOBS.searchText, 'x')).status).toBe(200)
    await backend.stop()
  })
})

describe('the log', () => {
  test('JSON lines where there is no terminal: health as warnings, a line a request at level debug, nothing secret', async () => {
    const backend = await startBackend({ name: 'gpu' })
    const running = start('--log-level=debug')
    const url = await urlOf(running)
    const config = {
      defaultBackend: 'gpu',
      backends: [{ name: 'gpu', url: backend.url, headers: { 'X-Token': 'own-secret' } }],
    }
    await fetch(`${url}/api/config`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(config),
    })
    await fetch(`${url}/ping`)
    await predict(url, JOBS.searchText, 'query-text', { headers: { authorization: 'Bearer own-secret' } })
    await backend.kill()
    await predict(url, JOBS.searchText, 'query-text')
    running.kill('SIGTERM')
    await running.ended
    const lines = running.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: number; msg: string })
    expect(lines.find((line) => line.msg === 'backend is unhealthy')).toMatchObject({
      level: 40,
      backend: 'gpu',
      reason: 'connection refused',
    })
    expect(lines.filter((line) => line.msg === 'POST /predict')).toMatchObject([
      { level: 20, status: 200 },
      { level: 40, status: 502 },
    ])
    expect(lines.filter((line) => line.level === 20).map((line) => line.msg)).toEqual(
      expect.arrayContaining(['POST /api/config', 'GET /ping']),
    )
    expect(running.stderr).not.toContain('own-secret')
    expect(running.stderr).not.toContain('query-text')
  })
})
