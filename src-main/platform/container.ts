/** Whether this process runs in a container. Pure but for the look at two files. */
import { existsSync } from 'node:fs'
import type { Variables } from './environment.ts'

/** Docker makes the first in each of its containers, Podman the second. */
const MARKS = ['/.dockerenv', '/run/.containerenv']
/** Kubernetes sets it in each container, whichever engine runs it. */
const KUBERNETES_VARIABLE = 'KUBERNETES_SERVICE_HOST'

/** Whether this process runs in a container of Docker, Podman or Kubernetes. */
export function isInContainer(variables: Variables, exists: (file: string) => boolean = existsSync): boolean {
  return variables[KUBERNETES_VARIABLE] !== undefined || MARKS.some(exists)
}
