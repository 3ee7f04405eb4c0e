/** Runs a script in a mount namespace of its own: what it mounts is seen by nobody else and vanishes with it. */
import { execFile, spawnSync } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { MountedScene, SceneResult } from './mount-child.ts'

const CHILD = path.join(import.meta.dirname, 'mount-child.ts')
/** Without root in a user namespace, where the system lets one. */
const UNSHARE = process.getuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--mount']

/** Why no mount namespace can be made here; undefined where one can. */
export function mountProblem(): string | undefined {
  if (process.platform !== 'linux') return 'mount namespaces are Linux’s'
  const tried = spawnSync('unshare', [...UNSHARE, 'sh', '-c', 'mount -t tmpfs none /tmp'])
  if (tried.status === 0) return undefined
  return tried.error?.message ?? tried.stderr.toString().trim()
}

/** Runs a scene of mount-child.ts with a folder that is there for it alone. */
export async function runMounted(scene: MountedScene, folder: string): Promise<SceneResult> {
  const args = [...UNSHARE, process.execPath, '--import', 'tsx', CHILD, scene, folder]
  const { stdout } = await promisify(execFile)('unshare', args)
  return JSON.parse(stdout) as SceneResult
}
