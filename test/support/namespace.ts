/** Clients with addresses of other networks: a proxy and its clients run in a network namespace of their own. */
import { execFile, spawnSync } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { CallAnswer } from './http.ts'
import type { Plan } from './namespace-child.ts'

const CHILD = path.join(import.meta.dirname, 'namespace-child.ts')
/** Options of unshare: the namespace ends with its process. Without root it lies in a user namespace, where the system allows one. */
const UNSHARE = process.getuid?.() === 0 ? ['--net'] : ['--map-root-user', '--net']

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
