/**
<<<<<<< HEAD
 * Debian's podman as a builder and runner of images, where no Docker engine can be: storage without overlays, containers
 * on the network of this machine, and a wrapper around runc that drops resource limits, which a sandbox may not set.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { check } from './system-tools.ts'

/** Reads the bundle or the process that runc is given, without `rlimits`, and becomes runc. */
const RUNC_WRAPPER = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const args = process.argv.slice(2)
const after = (name) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined
const bundle = args.includes('create') ? after('--bundle') : undefined
const file = bundle === undefined ? (args.includes('exec') ? after('--process') : undefined) : bundle + '/config.json'
if (file !== undefined) {
  const spec = JSON.parse(readFileSync(file, 'utf8'))
  delete (spec.process ?? spec).rlimits
  writeFileSync(file, JSON.stringify(spec))
}
process.exit(spawnSync('runc', args, { stdio: 'inherit' }).status ?? 1)
`

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Podman {
  readonly #folder: string
  readonly #options: readonly string[]

  /** @param folder for images and containers; {@link remove} removes it */
  constructor(folder: string) {
    this.#folder = folder
    const runtime = path.join(folder, 'runc-wrapper')
    writeFileSync(runtime, RUNC_WRAPPER)
    chmodSync(runtime, 0o755)
    const own = (name: string): string => path.join(folder, name)
    this.#options = [
      ...['--root', own('root'), '--runroot', own('run'), '--storage-driver', 'vfs'],
      ...['--cgroup-manager', 'cgroupfs', '--runtime', runtime],
    ]
  }

  /** Runs a command of podman, whether it succeeds or not. */
  run(...args: string[]): Ran {
    const { error, ...ran } = spawnSync('podman', [...this.#options, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    if (error !== undefined) throw error
    return ran
  }

  /** Runs a command of podman. Throws with what it prints where it fails. */
  do(...args: string[]): string {
    const { status, stdout, stderr } = this.run(...args)
    if (status !== 0) throw new Error(`podman ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout.trim()
  }

  /** Bytes of an image. */
  sizeOf(image: string): number {
    return Number(this.do('image', 'inspect', '--format', '{{.Size}}', image))
  }

  /** Makes an image of a folder. */
  importFolder(rootfs: string, image: string): void {
    const archive = path.join(this.#folder, 'rootfs.tar')
    check('tar', ['-C', rootfs, '-cf', archive, '.'])
    this.do('import', archive, image)
    rmSync(archive)
  }

  remove(): void {
    this.run('rm', '-fa', '-t', '0')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/**
 * Makes the root folder of a Debian with this machine's Node and npm, in place of the image that the Dockerfile names.
 * @throws {Error} where debootstrap cannot reach a mirror
 */
export function makeDebian(rootfs: string): void {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable'
  const [mirror = ''] = check('apt-get', ['indextargets', '--format', '$(SITE)']).split('\n')
  check('debootstrap', ['--variant=minbase', '--include=libstdc++6,ca-certificates', release, rootfs, mirror])
  copyFileSync(process.execPath, path.join(rootfs, 'usr/bin/node'))
  const npm = check('npm', ['root', '-g']).trim()
  mkdirSync(path.join(rootfs, 'usr/lib/node_modules'), { recursive: true })
  cpSync(path.join(npm, 'npm'), path.join(rootfs, 'usr/lib/node_modules/npm'), { recursive: true })
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(rootfs, 'usr/bin', name))
  // What this machine trusts, its npm trusts there too.
  const certificates = 'etc/ssl/certs/ca-certificates.crt'
  copyFileSync(`/${certificates}`, path.join(rootfs, certificates))
  writeFileSync(path.join(rootfs, 'root/.npmrc'), `cafile=/${certificates}\n`)
  for (const name of ['var/cache/apt', 'var/lib/apt/lists'])
    rmSync(path.join(rootfs, name), { recursive: true, force: true })
=======
 * A real container engine of a test's own: Debian's podman with all it keeps in one folder, and an image with Node and
 * the simulated backend. It runs where neither overlay file systems nor control groups can be had.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'

const run = promisify(execFile)
const BACKEND = path.join(import.meta.dirname, 'backend-process.ts')
const TOOLS = ['podman', 'runc', 'conmon', 'ldd', 'tar']
const MAX_OUTPUT = 1024 * 1024

/** Takes out of a bundle what a container of containers may not set, and lets the real runc go on. */
const RUNC_WRAPPER = `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const args = process.argv.slice(2)
const at = args.indexOf('--bundle')
if (args.includes('create') && at >= 0) {
  const file = args[at + 1] + '/config.json'
  const config = JSON.parse(readFileSync(file, 'utf8'))
  delete config.process.rlimits
  writeFileSync(file, JSON.stringify(config))
}
const { status } = spawnSync('runc', args, { stdio: 'inherit' })
process.exit(status ?? 1)
`

export class Podman {
  readonly folder: string
  readonly socket: string
  #service: ChildProcess | undefined

  constructor(folder: string) {
    this.folder = folder
    this.socket = path.join(folder, 'podman.sock')
    mkdirSync(folder, { recursive: true })
    writeFileSync(this.#wrapper, RUNC_WRAPPER, { mode: 0o755 })
  }

  /** Why no container can be run here, or undefined when one can. */
  static problem(): string | undefined {
    if (process.platform !== 'linux') return 'podman is Linux’s'
    if (process.getuid?.() !== 0) return 'the tests do not run as root'
    const missing = TOOLS.find((tool) => spawnSync(tool, ['--version']).error !== undefined)
    return missing === undefined ? undefined : `${missing} is not installed`
  }

  /** Runs one command of podman and returns what it prints. */
  async call(...args: string[]): Promise<string> {
    const { stdout } = await run('podman', [...this.#options, ...args], { maxBuffer: MAX_OUTPUT })
    return stdout.trim()
  }

  /** An image that runs the simulated backend on a port of this computer. */
  async makeImage(image: string, port: number): Promise<void> {
    const root = path.join(this.folder, 'rootfs')
    mkdirSync(path.join(root, 'tmp'), { recursive: true })
    await copyNode(root)
    await bundleBackend(path.join(root, 'app'))
    const archive = path.join(this.folder, 'rootfs.tar')
    await run('tar', ['-C', root, '-cf', archive, '.'])
    const command = JSON.stringify(['/bin/node', '/app/backend-process.mjs', 'in-a-container', String(port)])
    await this.call('import', '--change', `CMD ${command}`, archive, image)
    rmSync(root, { recursive: true })
    rmSync(archive)
  }

  /** Docker's API on {@link socket}. */
  async serve(): Promise<void> {
    const service = spawn(
      'podman',
      [...this.#options, 'system', 'service', '--time=0', `unix://${this.socket}`],
      {
        stdio: 'ignore',
      },
    )
    this.#service = service
    const failed = once(service, 'exit').then(() =>
      Promise.reject(new Error('podman system service has ended')),
    )
    const listens = (async () => {
      while (!existsSync(this.socket)) await new Promise((resolve) => setTimeout(resolve, 50))
    })()
    await Promise.race([listens, failed])
    failed.catch(() => undefined)
  }

  /** Ends what was started. */
  async close(): Promise<void> {
    await this.call('rm', '--all', '--force', '--time', '0')
    const service = this.#service
    if (service?.exitCode === null) {
      const exited = once(service, 'exit')
      service.kill()
      await exited
    }
  }

  get #wrapper(): string {
    return path.join(this.folder, 'runc-wrap')
  }

  get #options(): string[] {
    const store = ['--root', path.join(this.folder, 'root'), '--runroot', path.join(this.folder, 'run')]
    return [...store, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--runtime', this.#wrapper]
  }
}

/** Node and the libraries that it is linked with, where they are here. */
async function copyNode(root: string): Promise<void> {
  const { stdout } = await run('ldd', [process.execPath])
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file)
  cpSync(realpathSync(process.execPath), path.join(root, 'bin/node'))
  for (const library of libraries) cpSync(realpathSync(library), path.join(root, library))
}

/** The simulated backend in one file, with the packages that it uses. */
async function bundleBackend(folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: BACKEND,
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  })
>>>>>>> courtesy
}
