/** The built command line with the variables `IMP_*`, as a container or a unit starts it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { folder, useFolder } from '../../support/folder.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { Program, projectRoot, startCli } from '../../support/program.ts'
import { readPhoto } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'
import { freePort } from '../../support/ports.ts'
import { startBackend, type SimulatedBackend } from '../../support/simulated-backend.ts'

useFolder()
const started: Program[] = []
const backends: SimulatedBackend[] = []

afterEach(async () => {
  for (const program of started.splice(0)) {
    program.kill('SIGKILL')
    await program.ended
  }
  for (const backend of backends.splice(0)) await backend.stop()
})

function start(env: Record<string, string>, ...args: string[]): Program {
  const program = startCli(['--headless', ...args], { IMP_HOST: '127.0.0.1', IMP_DATA_DIR: folder, ...env })
  started.push(program)
  return program
}

async function urlOf(program: Program): Promise<string> {
  const [, url = ''] = await program.until(/open\s+(http:\S+)\/config/)
  return url
}

async function backend(name: string): Promise<SimulatedBackend> {
  const made = await startBackend({ name })
  backends.push(made)
  return made
}

const stop = async (program: Program): Promise<void> => {
  program.kill('SIGTERM')
  expect(await program.ended).toBe(0)
}

describe('where it listens and keeps its files', () => {
  test('by the environment; a flag goes before it', async () => {
    const [byVariable, byFlag] = [await freePort(), await freePort()]
    const one = start({ IMP_PORT: String(byVariable) })
    expect(await urlOf(one)).toBe(`http://127.0.0.1:${byVariable}`)
    expect(one.stdout).toContain(folder)
    await stop(one)
    const other = path.join(folder, 'other')
    const two = start({ IMP_PORT: String(byVariable) }, `--port=${byFlag}`, `--user-data-dir=${other}`)
    expect(await urlOf(two)).toBe(`http://127.0.0.1:${byFlag}`)
    expect(two.stdout).toContain(other)
  })

  test('by the environment before config.json', async () => {
    const [byVariable, byFile] = [await freePort(), await freePort()]
    const server = { port: byFile }
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ server }))
    const one = start({ IMP_PORT: String(byVariable) })
    expect(await urlOf(one)).toBe(`http://127.0.0.1:${byVariable}`)
    await stop(one)
    expect(await urlOf(start({}))).toBe(`http://127.0.0.1:${byFile}`)
  })

  test('a log level', async () => {
    const program = start({ IMP_PORT: '0', IMP_LOG_LEVEL: 'debug' })
    await fetch(`${await urlOf(program)}/ping`)
    await expect.poll(() => program.stderr).toContain('GET /ping')
  })
})

test.each([
  ['IMP_PORT', 'x'],
  ['IMP_LOG_LEVEL', 'loud'],
  ['IMP_BACKENDS', 'gpu:http://192.168.1.20:3003'],
])('%s=%s: one line that names the variable, exit code 2', async (name, value) => {
  const program = start({ [name]: value })
  expect(await program.ended).toBe(2)
  expect(program.stderr).toContain(name)
  expect(program.stderr.trim().split('\n')).toHaveLength(1)
})

test('--help names every variable, also beside a bad one', async () => {
  const program = start({ IMP_PORT: 'x' }, '--help')
  expect(await program.ended).toBe(0)
  for (const name of ['IMP_PORT', 'IMP_HOST', 'IMP_DATA_DIR', 'IMP_LOG_LEVEL', 'IMP_BACKENDS']) {
    expect(program.stdout).toContain(name)
  }
})

describe('IMP_BACKENDS', () => {
  test('serves without a config.json, which is written by the first save and counts from then on', async () => {
    const [gpu, nas] = [await backend('gpu'), await backend('nas')]
    const env = { IMP_PORT: '0', IMP_BACKENDS: `gpu=${gpu.url},nas=${nas.url}` }
    const file = path.join(folder, 'config.json')
    const first = start(env)
    const url = await urlOf(first)
    for (let count = 0; count < 4; count++)
      expect((await predict(url, JOBS.faces, readPhoto())).status).toBe(200)
    // In the order in which they are written: the second one only while the first one is away.
    expect([gpu.seen.length, nas.seen.length]).toEqual([4, 0])
    await gpu.kill()
    expect((await predict(url, JOBS.faces, readPhoto())).status).toBe(200)
    expect(nas.seen).toHaveLength(1)
    const config = (await (await fetch(`${url}/api/config`)).json()) as Record<string, unknown>
    expect(config).toMatchObject({ defaultBackend: { backends: ['gpu', 'nas'], share: 'in-order' } })
    await expect(readFile(file)).rejects.toThrow(/ENOENT/)
    const saved = await fetch(`${url}/api/config`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...config, defaultBackend: 'nas' }),
    })
    expect(saved.status).toBe(200)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      defaultBackend: 'nas',
      backends: [{ name: 'gpu' }, { name: 'nas' }],
    })
    await stop(first)
    const second = start({ ...env, IMP_BACKENDS: 'other=http://127.0.0.1:9' })
    expect(await (await fetch(`${await urlOf(second)}/api/config`)).json()).toMatchObject({
      defaultBackend: 'nas',
    })
    expect(second.stderr).toContain('IMP_BACKENDS is not used')
  })

  test('is not written, so that another value counts at the next start', async () => {
    const gpu = await backend('gpu')
    const first = start({ IMP_PORT: '0', IMP_BACKENDS: 'old=http://127.0.0.1:9' })
    await urlOf(first)
    await stop(first)
    const second = start({ IMP_PORT: '0', IMP_BACKENDS: `gpu=${gpu.url}` })
    expect((await predict(await urlOf(second), JOBS.searchText, 'x')).status).toBe(200)
  })
})

/** A user that owns nothing here; root may write everywhere. */
const NOBODY = 65_534

describe.skipIf(process.platform !== 'linux')('a folder that another user owns', () => {
  const isRoot = process.getuid?.() === 0
  const uid = isRoot ? NOBODY : (process.getuid?.() ?? 0)

  /** Starts the program as a user that is not root, from a copy that this user may read. */
  const startAsUser = (dataDir: string): ReturnType<typeof spawnSync> => {
    const asUser = isRoot ? ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'] : []
    const command = [
      process.execPath,
      path.join(projectRoot, 'dist/src-main/cli.js'),
      '--headless',
      '--port=0',
    ]
    return spawnSync(isRoot ? 'setpriv' : 'env', [...asUser, ...command], {
      encoding: 'utf8',
      env: { ...process.env, IMP_DATA_DIR: dataDir, IMP_HOST: '127.0.0.1' },
      // A service that starts all the same would run for ever.
      timeout: 20_000,
    })
  }

  test('ends the start with exit code 1, naming the uid and chown', async () => {
    const dataDir = path.join(folder, 'data')
    await mkdir(dataDir, { mode: 0o555 })
    // The test's own folder is for its owner alone.
    spawnSync('chmod', ['755', folder])
    const { status, stderr } = startAsUser(dataDir)
    expect(String(stderr)).toContain(`this program runs as uid ${uid}`)
    expect(String(stderr)).toMatch(new RegExp(`chown -R ${uid}:\\d+ ${dataDir} `))
    expect(status).toBe(1)
  })

  test('also where it holds a config.json', async () => {
    const dataDir = path.join(folder, 'data')
    await mkdir(dataDir)
    await writeFile(
      path.join(dataDir, 'config.json'),
      JSON.stringify(configOf([{ name: 'a', url: 'http://127.0.0.1:9' }])),
    )
    spawnSync('chmod', ['755', folder])
    spawnSync('chmod', ['555', dataDir])
    const { status, stderr } = startAsUser(dataDir)
    expect([status, String(stderr)]).toEqual([1, expect.stringContaining('chown')])
  })
})

describe('the health check of a container', () => {
  const check = async (env: Record<string, string> = {}): Promise<[number | string, string]> => {
    const file = path.join(projectRoot, 'dist/src-main/app/healthcheck.js')
    const program = new Program(process.execPath, [file], { IMP_DATA_DIR: folder, ...env })
    started.push(program)
    return [await program.ended, program.stdout.trim()]
  }

  test('finds the port in force, whatever has set it', async () => {
    expect(await check()).toEqual([1, `nothing runs on the folder ${folder}`])
    const [byFlag, byFile] = [await freePort(), await freePort()]
    const one = start({ IMP_PORT: '1' }, `--port=${byFlag}`)
    await urlOf(one)
    expect(await check()).toEqual([0, 'healthy'])
    await stop(one)
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ server: { port: byFile } }))
    const two = start({})
    await urlOf(two)
    expect(await check()).toEqual([0, 'healthy'])
  })

  test.skipIf(process.platform !== 'linux')(
    'takes an empty variable for none, as the service does',
    async () => {
      const own = path.join(folder, 'Immich ML Proxy')
      await mkdir(own)
      expect(await check({ IMP_DATA_DIR: '', XDG_CONFIG_HOME: folder })).toEqual([
        1,
        `nothing runs on the folder ${own}`,
      ])
    },
  )

  test('fails while the process hangs', async () => {
    const program = start({ IMP_PORT: '0' })
    await urlOf(program)
    program.kill('SIGSTOP')
    expect((await check())[0]).toBe(1)
    program.kill('SIGCONT')
    expect(await check()).toEqual([0, 'healthy'])
  })
})
