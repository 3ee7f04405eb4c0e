/** The programs that the benchmark needs besides Node, and what is known of the machine. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import path from 'node:path'

/** The sentence says what is missing and how to get it. */
export class ToolMissing extends Error {}

export interface Tools {
  readonly nginx: string
  readonly wrk: string
}

/** Debian keeps nginx out of the path of ordinary users. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin']

function find(name: string): string | undefined {
  return FOLDERS.map((folder) => path.join(folder, name)).find((file) => existsSync(file))
}

const OF_THE_RELAY = ['nginx', 'wrk']

/** The names of the programs that are not there. */
export function missingTools(names: readonly string[] = OF_THE_RELAY): string[] {
  return names.filter((name) => find(name) === undefined)
}

function install(names: readonly string[]): void {
  const isDebian = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!isDebian)
    throw new ToolMissing(`--install works as root on Debian only; install ${names.join(' and ')}`)
  // What apt prints must not stand in the JSON.
  const args = ['install', '-y', '--no-install-recommends', ...names]
  const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new ToolMissing(`apt-get could not install ${names.join(' and ')}; see above`)
}

/**
 * The paths of programs, installed where that is allowed.
 * @throws {ToolMissing}
 */
export function requirePrograms(names: readonly string[], mayInstall: boolean): string[] {
  if (process.platform !== 'linux') {
    throw new ToolMissing('The benchmark reads CPU and memory from /proc: run it on Linux')
  }
  const missing = missingTools(names)
  if (missing.length > 0 && mayInstall) install(missing)
  return names.map((name) => {
    const file = find(name)
    if (file !== undefined) return file
    throw new ToolMissing(
      `The benchmark needs ${missing.join(' and ')}. On Debian: apt-get install ${missing.join(' ')} (or run it as root with --install)`,
    )
  })
}

/**
 * The programs of the relay's benchmark.
 * @throws {ToolMissing}
 */
export function requireTools(mayInstall: boolean): Tools {
  const [nginx = '', wrk = ''] = requirePrograms(OF_THE_RELAY, mayInstall)
  return { nginx, wrk }
}

/** What a run is measured on. */
export interface Machine {
  node: string
  kernel: string
  cpu: string
  cores: number
}

export interface Versions extends Machine {
  nginx: string
  wrk: string
}

/** What a program says of its version. */
export function versionOf(command: string, args: readonly string[], pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown'
}

export function readMachine(): Machine {
  const model = /^model name\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  return {
    node: process.versions.node,
    kernel: /^\d+\.\d+/.exec(release())?.[0] ?? 'unknown',
    cpu: model ?? 'unknown',
    cores: cpus().length,
  }
}

export function readVersions(tools: Tools): Versions {
  return {
    ...readMachine(),
    nginx: versionOf(tools.nginx, ['-v'], /nginx\/(\S+)/),
    wrk: versionOf(tools.wrk, ['-v'], /wrk (?:debian\/)?(\S+)/),
  }
}
