/**
 * Decides the answer of `/ping`, as early as possible. Immich waits 2 s for it, or what its admin set: people set 1 s.
 * One silent machine must not make the whole proxy look down.
 */
import type { Config } from '../../src-shared/config/schema.ts'
import { missing, type HealthOf, type RouteHealth } from '../../src-shared/routing/overall.ts'
import { PING_AWAY_MS, PING_HEALTHY_MS } from './limits.ts'

export interface PingBackends {
  readonly config: Config
  readonly healthOf: HealthOf
  /** Asks a backend's own `/ping`; its health is known anew when this settles. Never rejects. */
  readonly check: (name: string) => Promise<void>
}

/** The assumed status of a backend whose answer has not come. */
const ANSWERS = { status: 'healthy', error: '' } as const
const IS_AWAY = { status: 'unhealthy', error: '' } as const

/**
 * Asks all backends, and waits until their answers say whether every route is served: 100 ms for one that is known to be
 * away, 800 ms for one that is thought to be healthy.
 * @returns why Immich is to ask another URL, as sentences; empty where it is not
 */
export async function decidePing({ config, healthOf, check }: PingBackends): Promise<string[]> {
  /** The backends that may still change what is answered. */
  const pending = new Map<string, Promise<string>>()
  const timers: NodeJS.Timeout[] = []
  for (const { name } of config.backends) {
    const limitMs = healthOf(name)?.status === 'unhealthy' ? PING_AWAY_MS : PING_HEALTHY_MS
    const tooLate = new Promise<void>((resolve) => timers.push(setTimeout(resolve, limitMs)))
    pending.set(
      name,
      Promise.race([check(name), tooLate]).then(() => name),
    )
  }
  try {
    while (pending.size > 0 && !isDecided(config, healthOf, pending)) {
      pending.delete(await Promise.race(pending.values()))
    }
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
  return missing(config, healthOf)
}

/** Whether the answers that are still to come change nothing: all routes are served without them, or not even with them. */
function isDecided(config: Config, healthOf: HealthOf, pending: ReadonlyMap<string, unknown>): boolean {
  const supposing =
    (change: Pick<RouteHealth, 'status' | 'error'>): HealthOf =>
    (name) => {
      const health = healthOf(name)
      return health === undefined || !pending.has(name)
        ? health
        : { ...health, isLastResort: false, ...change }
    }
  return missing(config, supposing(IS_AWAY)).length === 0 || missing(config, supposing(ANSWERS)).length > 0
}
