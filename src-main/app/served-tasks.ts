/** Which of the tasks whose queues Immich has can be done now. Pure. */
import type { Config } from '../../src-shared/config/schema.ts'
import type { GuardedTask } from '../../src-shared/immich.ts'
import { isServed, type HealthOf } from '../../src-shared/routing/overall.ts'
import { planDispatches, type Entry } from '../../src-shared/routing/plan.ts'

const entries = (task: string, ...types: string[]): Entry[] =>
  types.map((type) => ({ task, type, json: '{}' }))

/** The entries of the images that each queue sends. */
const ENTRIES: Readonly<Record<GuardedTask, readonly Entry[]>> = {
  clip: entries('clip', 'visual'),
  'facial-recognition': entries('facial-recognition', 'detection', 'recognition'),
  ocr: entries('ocr', 'detection', 'recognition'),
}

/** Whether a model, as `clip/visual/ViT-B-32__openai`, is one that the images of a task need. */
export function isImageModelOf(task: GuardedTask, model: string): boolean {
  return ENTRIES[task].some(({ type }) => model.startsWith(`${task}/${type}/`))
}

/** Whether a backend lives that the images of a task may be sent to; undefined while the first checks run. */
export function isTaskServed(config: Config, healthOf: HealthOf, task: GuardedTask): boolean | undefined {
  let isUnknown = false
  for (const { tiers } of planDispatches(config, ENTRIES[task])) {
    if (isServed(tiers, healthOf)) continue
    const names = tiers.flatMap(({ pool }) => pool)
    if (!names.some((name) => healthOf(name)?.status === 'unknown')) return false
    isUnknown = true
  }
  return isUnknown ? undefined : true
}
