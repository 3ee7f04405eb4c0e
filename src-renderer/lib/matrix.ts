/** The rows of the routing matrix. Pure. */
import type { Config } from '../../src-shared/config/schema.ts'
import type { Tier } from '../../src-shared/routing/tiers.ts'
import { canonicalName } from '../../src-shared/config/names.ts'
import { CLIP_TYPES, KNOWN_TASKS, type Draft, type DraftRoute } from './draft.ts'
import { tiersOf } from './routing.ts'

export interface MatrixRow {
  readonly route: DraftRoute
  readonly kind: 'task' | 'type'
  readonly title: string
  readonly tiers: readonly Tier[]
  /** Whether the row was added, and can be removed. */
  readonly removable: boolean
}

const isKnown = (list: readonly string[], key: string): boolean => list.includes(canonicalName(key))

function rowOf(kind: MatrixRow['kind'], route: DraftRoute, config: Config): MatrixRow {
  const known = kind === 'task' ? KNOWN_TASKS : CLIP_TYPES
  const isClips = kind === 'type' && isKnown(CLIP_TYPES, route.key)
  const task = kind === 'task' ? route.key : isClips ? 'clip' : ''
  const tiers = tiersOf(config, task, kind === 'type' ? route.key : undefined)
  const title = kind === 'task' ? route.key : isClips ? `clip ${route.key}` : `Type ${route.key}`
  return { route, kind, title, tiers, removable: !isKnown(known, route.key) }
}

/** The types of clip come below clip, all others at the end. */
export function matrixRows({ tasks, types }: Draft, config: Config): MatrixRow[] {
  const ofClip = types.filter(({ key }) => isKnown(CLIP_TYPES, key))
  const others = types.filter((route) => !ofClip.includes(route))
  return [
    ...tasks.flatMap((task) => [
      rowOf('task', task, config),
      ...(canonicalName(task.key) === 'clip' ? ofClip.map((type) => rowOf('type', type, config)) : []),
    ]),
    ...others.map((type) => rowOf('type', type, config)),
  ]
}
