/**
 * The image of the Dockerfile, built and run by podman on a base that debootstrap makes. It takes some minutes, so it is
 * run where TEST_IMAGE is set; the workflow builds and runs it with Docker on each push.
 */
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderOfFile } from '../../support/folder.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { readPhoto } from '../../support/photo.ts'
import { makeDebian, Podman } from '../../support/podman.ts'
import { freePort } from '../../support/ports.ts'
import { projectRoot } from '../../support/program.ts'
import { startBackend } from '../../support/simulated-backend.ts'
import { hasTool } from '../../support/system-tools.ts'

const isWanted = process.env['TEST_IMAGE'] !== undefined
if (!isWanted) console.log('skipped: the image of the Dockerfile is built where TEST_IMAGE is set')
const CHECK = 'the image of the Dockerfile'
const canRun =
  isWanted &&
  process.getuid?.() === 0 &&
  [
    hasTool({ command: 'podman', from: 'Debian: podman runc conmon' }, CHECK),
    hasTool({ command: 'debootstrap', from: 'Debian: debootstrap' }, CHECK),
  ].every(Boolean)

const BASE = 'localhost/node-base:test'
const IMAGE = 'localhost/immich-ml-proxy:test'
/** The user of the image. */
const UID = 1000
const MB = 1_000_000
/** What the image may add to its base. */
const MAX_ADDED = 40 * MB
const LIMIT_MS = 20 * 60_000

describe.skipIf(!canRun)('the image', () => {
  const folder = folderOfFile()
  const data = path.join(folder, 'data')
  let podman: Podman

  beforeAll(() => {
    const rootfs = path.join(folder, 'rootfs')
    const own = path.join(folder, 'podman')
    mkdirSync(own)
    mkdirSync(data)
    podman = new Podman(own)
    makeDebian(rootfs)
    podman.importFolder(rootfs, BASE)
    const how = ['--isolation=chroot', '--network=host', '--layers=false', '--format=docker']
    podman.do('build', ...how, `--build-arg=BASE=${BASE}`, '-t', IMAGE, projectRoot)
  }, LIMIT_MS)
  afterAll(() => podman.remove(), LIMIT_MS)

  /** Options of a container as the compose files have them. */
  const LIKE_COMPOSE = ['--network=host', '--read-only', '--cap-drop=all', '--security-opt=no-new-privileges']

  test('adds at most 40 MB to its base', () => {
    const added = podman.sizeOf(IMAGE) - podman.sizeOf(BASE)
    console.log(`the image adds ${(added / MB).toFixed(1)} MB to its base`)
    expect(added).toBeLessThan(MAX_ADDED)
  })

  test('has the health check, the user and the volume of the Dockerfile', () => {
    const [config] = JSON.parse(podman.do('image', 'inspect', IMAGE)) as object[]
    expect(config).toMatchObject({ Config: { User: '1000:1000', Volumes: { '/data': {} } } })
    expect(JSON.stringify(config)).toContain('healthcheck.js')
  })

  test('a folder of root’s ends the start with exit code 1, naming the uid and chown', () => {
    const { status, stderr } = podman.run('run', '--rm', ...LIKE_COMPOSE, '-v', `${data}:/data`, IMAGE)
    expect(stderr).toContain('runs as uid 1000: give it the folder with chown -R 1000:1000 /data')
    expect(status).toBe(1)
  })

  test('a bad variable ends it with exit code 2; a bad flag too', () => {
    const bad = podman.run('run', '--rm', ...LIKE_COMPOSE, '-e', 'IMP_PORT=x', IMAGE)
    expect([bad.status, bad.stderr]).toEqual([2, expect.stringContaining('IMP_PORT=x')])
    expect(podman.run('run', '--rm', ...LIKE_COMPOSE, IMAGE, '--prot=1').status).toBe(2)
  })

  test('serves as a user without rights on a root folder that is read-only, and ends by SIGTERM', async () => {
    const backend = await startBackend({ name: 'gpu' })
    const port = await freePort()
    chownSync(data, UID, UID)
    const variables = { IMP_PORT: String(port), IMP_HOST: '127.0.0.1', IMP_BACKENDS: `gpu=${backend.url}` }
    const env = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    podman.do('run', '-d', '--name=one', ...LIKE_COMPOSE, ...env, '-v', `${data}:/data`, IMAGE)
    const url = `http://127.0.0.1:${port}`
    const ready = (): Promise<string> =>
      fetch(`${url}/readyz`).then(
        (answer) => answer.text(),
        () => '',
      )
    await expect.poll(ready).toBe('ready')
    expect((await predict(url, JOBS.faces, readPhoto())).status).toBe(200)

    const pid = podman.do('inspect', '--format', '{{.State.Pid}}', 'one')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\t1000\t1000/m)
    console.log(`idle: ${/^VmRSS:\s*(.+)$/m.exec(status)?.[1] ?? '?'}`)
    expect(podman.do('exec', 'one', 'node', 'dist/src-main/app/healthcheck.js')).toBe('healthy')
    // What it says about a password, on the page and in the log.
    const { warnings } = (await (await fetch(`${url}/api/status`)).json()) as { warnings: string[] }
    expect(warnings.at(-1)).toMatch(/^No password is set: in a container/)
    expect(podman.run('logs', 'one').stderr).toContain('No password is set: in a container')
    // What is saved lies in the volume.
    const config = (await (await fetch(`${url}/api/config`)).json()) as object
    const saved = await fetch(`${url}/api/config`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(config),
    })
    expect(saved.status).toBe(200)
    expect(existsSync(path.join(data, 'config.json'))).toBe(true)

    podman.do('stop', '-t', '15', 'one')
    // 137 would be SIGKILL.
    expect(podman.do('inspect', '--format', '{{.State.ExitCode}}', 'one')).toBe('0')
    await backend.stop()
  }, 120_000)
})
