/** What fails, what still works, and who could help. Pure. */
import type { Share } from '../../src-shared/config/pool-schema.ts'
import { canonicalName } from '../../src-shared/config/names.ts'
import { DEFAULT_TIER, isWaitedFor } from '../../src-shared/routing/tiers.ts'
import type { Draft } from './draft.ts'
import type { FlowModel, FlowTask, Standing } from './flow.ts'

export interface Cause {
  readonly name: string
  readonly standing: Standing
  /** Why, as the end of a sentence; empty where nothing is known. */
  readonly reason: string
}

export interface Trouble {
  readonly failing: readonly FlowTask[]
  readonly working: readonly FlowTask[]
  readonly causes: readonly Cause[]
  /** A backend that answers and is not asked for what fails; undefined where there is none. */
  readonly helper: string | undefined
  /** Those of `failing` whose photos are kept until a backend is back, instead of failing. */
  readonly waiting: readonly FlowTask[]
}

const ANSWERS: ReadonlySet<Standing> = new Set(['serving', 'standby'])
/** Whatever the policy, photos wait for a backend that stands so, for up to 270 s. */
const COMING: ReadonlySet<Standing> = new Set(['paused', 'waking'])
const TEXT_WORK = 'clip/textual'

/** Whether what is not served waits: by its policy, or since a backend is paused or starting. A search fails at once. */
export function waits({ work, order, branches }: FlowTask): boolean {
  if (work === TEXT_WORK) return false
  const isComing = branches.some(({ standing }) => COMING.has(standing))
  return isComing || isWaitedFor(order.slice(-1).map(({ tier }) => tier))
}

/** @param model of the configuration in force */
export function troubleOf(model: FlowModel): Trouble | undefined {
  const failing = model.tasks.filter(({ isServed }) => !isServed)
  if (failing.length === 0) return undefined
  const asked = new Set(failing.flatMap(({ branches }) => branches.map(({ backend }) => backend)))
  return {
    failing,
    working: model.tasks.filter(({ isServed }) => isServed),
    causes: model.nodes
      .filter(({ name }) => asked.has(name))
      .map(({ name, standing, state }) => ({ name, standing, reason: state?.reason ?? '' })),
    helper: model.nodes.find(({ name, standing }) => !asked.has(name) && ANSWERS.has(standing))?.name,
    waiting: failing.filter(waits),
  }
}

/** Adds a backend to the routes of what fails: the others of the route come before it again once they are back. */
export function helpMeanwhile(draft: Draft, trouble: Trouble): void {
  const helper = draft.backends.find(({ name }) => name.trim() === trouble.helper)
  if (helper === undefined) return
  const add = (route: { pool: string[]; share: Share | undefined }): void => {
    if (!route.pool.includes(helper.id)) route.pool.push(helper.id)
    // Where nobody has chosen a share, the user's own backend is to come first once it is back.
    route.share ??= 'in-order'
  }
  for (const { order } of trouble.failing) {
    const key = order.at(-1)?.tier.key ?? DEFAULT_TIER
    if (key === DEFAULT_TIER) {
      const route = { pool: draft.defaultPool, share: draft.defaultShare }
      add(route)
      draft.defaultShare = route.share
      continue
    }
    const [kind, name = ''] = key.split(':')
    const routes = kind === 'task' ? draft.tasks : draft.types
    const route = routes.find((one) => canonicalName(one.key) === name)
    if (route !== undefined) add(route)
  }
}
