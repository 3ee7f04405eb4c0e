/** The fields of a configuration that version 0.1 reads. Pure, browser-safe. */
import type { Pool } from './pool-schema.ts'
import type { Config } from './schema.ts'

/** Fields of later versions: 0.1 keeps them and does nothing with them. */
const LATER_FIELDS = ['hold', 'immich', 'defaultPolicy'] as const

/** Those of a backend. */
const LATER_BACKEND_FIELDS = ['wake', 'yield', 'manage'] as const

const isLaterPool = (pool: Pool): boolean => typeof pool === 'object' && !Array.isArray(pool)

/**
 * Whether a configuration says something that version 0.1 does not know: it would refuse the file, or leave out a part of
 * it.
 */
export function usesLaterThanFirst(config: Config): boolean {
  const pools = [
    config.defaultBackend,
    ...Object.values(config.taskRouting),
    ...Object.values(config.modelTypeRouting),
  ]
  const policies = [
    ...Object.values(config.taskRoutingPolicy),
    ...Object.values(config.modelTypeRoutingPolicy),
  ]
  return (
    pools.some(isLaterPool) ||
    policies.includes('wait') ||
    config.backends.some(({ maxConcurrent }) => maxConcurrent === 'auto') ||
    config.backends.some((backend) => LATER_BACKEND_FIELDS.some((field) => backend[field] !== undefined)) ||
    LATER_FIELDS.some((field) => config[field] !== undefined)
  )
}
