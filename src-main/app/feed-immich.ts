/** Feeds the settings and the state of the backends to the guard of Immich's queues, and reads its state. */
import { GUARDED_TASKS, guardedTask } from '../../src-shared/immich.ts'
import type { HealthOf, RouteHealth } from '../../src-shared/routing/overall.ts'
import { MODEL_BROKEN_REASON } from '../backends/reasons.ts'
import type { Immich } from '../immich/immich.ts'
import type { Core } from './compose.ts'
import { isImageModelOf, isTaskServed } from './served-tasks.ts'

/** Images of these tasks that wait in Immich's queues, as far as they are known. */
export function remainingOf(immich: Immich, tasks: readonly string[]): number {
  const progress = immich.progress()
  const known = tasks.map(guardedTask).filter((task) => task !== undefined)
  return Math.max(0, ...known.map((task) => progress[task].remaining ?? 0))
}

/** Of a backend that cannot load the model of a task. */
const CANNOT: RouteHealth = { status: 'unhealthy', lastCheck: 0, error: MODEL_BROKEN_REASON }

/** Of a backend whose container is started by the first image: with Immich's queue paused, none would come. */
const STARTS: RouteHealth = { status: 'healthy', lastCheck: 0, error: '' }

/** Tells the queue guard for which tasks a backend lives. */
export function tellServed({
  store,
  monitor,
  availability,
  containers,
  immich,
}: Pick<Core, 'store' | 'monitor' | 'availability' | 'containers' | 'immich'>): void {
  const all = monitor.brokenModels()
  const used = immich.usedOf(all.map(({ model }) => model))
  const broken = all.filter(({ model }) => used.has(model))
  for (const task of GUARDED_TASKS) {
    const cannot = new Set(
      broken.filter(({ model }) => isImageModelOf(task, model)).map(({ backend }) => backend),
    )
    const healthOf: HealthOf = (name) => {
      if (cannot.has(name)) return CANNOT
      return containers.canStart(name) || containers.isComing(name) ? STARTS : availability.healthOf(name)
    }
    const served = isTaskServed(store.config, healthOf, task)
    if (served !== undefined) immich.served(task, served)
  }
}

/** Brings the settings of Immich to its guard. */
export function applyImmich({ immich, inForce }: Pick<Core, 'immich' | 'inForce'>): void {
  void immich.apply(inForce().immich)
}
