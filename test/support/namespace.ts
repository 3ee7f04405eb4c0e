/** Networks made for one run, in a namespace of their own: clients from "outside", name servers, cables. */
import { execFile, spawnSync } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { CallAnswer } from './http.ts'
import type { Plan } from './namespace-child.ts'

const CHILD = path.join(import.meta.dirname, 'namespace-child.ts')
/** Options of unshare: the namespace ends with its process. Without root it lies in a user namespace, where the system allows one. */
export const UNSHARE = process.getuid?.() === 0 ? ['--net'] : ['--map-root-user', '--net']

/** Why no namespace can be made here, or undefined when one can. */
export function namespaceProblem(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  const tried = spawnSync('unshare', [
    ...UNSHARE,
    'sh',
    '-c',
    'ip link set lo up && ip addr add 203.0.113.1/32 dev lo',
  ])
  if (tried.status === 0) return undefined
  return tried.error?.message ?? tried.stderr.toString().trim()
}

/** Runs a plan and returns the answer to each of its steps. */
export async function runInNamespace(plan: Plan): Promise<CallAnswer[]> {
  const args = [...UNSHARE, process.execPath, '--import', 'tsx', CHILD, JSON.stringify(plan)]
  const { stdout } = await promisify(execFile)('unshare', args, { maxBuffer: 16 * 1024 * 1024 })
  return JSON.parse(stdout) as CallAnswer[]
}

/** Namespaces in which files of the system can be replaced as well. */
const WITH_FILES = [...UNSHARE, '--mount']
const SCENARIOS = path.join(import.meta.dirname, 'network')

/** Why no network can be made here in which names hang and cables have two ends, or undefined when one can. */
export function networkProblem(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  const tried = spawnSync('unshare', [
    ...WITH_FILES,
    'sh',
    '-ec',
    'ip link set lo up; mount --bind /etc/hosts /etc/hosts; ip link add name near type veth peer name far; ip link add name middle type bridge; ' +
      'ip link set near gso_max_segs 1',
  ])
  if (tried.status === 0) return undefined
  return tried.error?.message ?? tried.stderr.toString().trim()
}

/**
 * Runs a module of `network/` in a network of its own.
 * @returns what it prints, read as JSON
 */
export async function runScenario<Result>(name: string): Promise<Result> {
  const file = path.join(SCENARIOS, `${name}.ts`)
  const args = [...WITH_FILES, process.execPath, '--import', 'tsx', file]
  const { stdout } = await promisify(execFile)('unshare', args)
  return JSON.parse(stdout) as Result
}
