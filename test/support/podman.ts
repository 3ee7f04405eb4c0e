/**
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

  /** The arguments of a command, with where all is kept. */
  argumentsOf(...args: string[]): string[] {
    return [...this.#options, ...args]
  }

  /** Runs a command of podman, whether it succeeds or not. */
  run(...args: string[]): Ran {
    const { error, ...ran } = spawnSync('podman', this.argumentsOf(...args), {
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

  /** Makes an image of a folder. @param command what it runs; none where it is absent */
  importFolder(rootfs: string, image: string, command?: readonly string[]): void {
    const archive = path.join(this.#folder, 'rootfs.tar')
    check('tar', ['-C', rootfs, '-cf', archive, '.'])
    const change = command === undefined ? [] : ['--change', `CMD ${JSON.stringify(command)}`]
    this.do('import', ...change, archive, image)
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
}
