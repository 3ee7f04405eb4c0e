/** Whether this process runs in a container. Pure but for the look at two files. */
import { existsSync } from 'node:fs'
import type { Variables } from './environment.ts'

/** Docker makes the first in each of its containers, Podman the second. */
const MARKS = ['/.dockerenv', '/run/.containerenv']
/**
 * The first is set by our own image and by Podman, as systemd's container interface has it; the second by Kubernetes in
 * each container, whichever engine runs it.
 */
const VARIABLES = ['container', 'KUBERNETES_SERVICE_HOST']

/** Whether this process runs in a container of Docker, Podman or Kubernetes. */
export function isInContainer(variables: Variables, exists: (file: string) => boolean = existsSync): boolean {
  return VARIABLES.some((name) => (variables[name] ?? '') !== '') || MARKS.some(exists)
}
