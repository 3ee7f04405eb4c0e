/** The schema of what a route names: one backend, a list, or a list with the way in which it shares the work. Browser-safe. */
import * as z from 'zod'
import { notText } from './common-schema.ts'
import { isPlain } from './schema-shape.ts'

/** How the backends of a pool take turns. */
export const SHARES = ['round-robin', 'in-order', 'by-speed'] as const
export type Share = (typeof SHARES)[number]

/** What a plain list means: what it meant in the original. */
export const SHARE_OF_LIST: Share = 'round-robin'

/** A pool with its share; fields of a later version are kept. */
export interface SharedPool {
  readonly backends: string[]
  /** {@link SHARE_OF_LIST} where it is absent. */
  readonly share?: Share | undefined
  readonly [field: string]: unknown
}

/** The backends of a route: the name of one, a list, or a list with its share. */
export type Pool = string | string[] | SharedPool

const SHARE_PROBLEM = `must be ${SHARES.map((share) => `"${share}"`).join(' or ')}`

/** Names the field: a union would say what is wrong with the pool, not with its share. */
function refuseShare(pool: unknown, context: z.RefinementCtx): unknown {
  if (!isPlain(pool) || pool['share'] === undefined) return pool
  if (!SHARES.some((share) => share === pool['share'])) {
    context.addIssue({ code: 'custom', path: ['share'], message: SHARE_PROBLEM })
  }
  return pool
}

/** The schema of {@link Pool}. */
export const poolSchema = z.preprocess(
  refuseShare,
  z.union(
    [
      z.string(),
      z.array(z.string({ error: notText })),
      z.looseObject({
        backends: z.array(z.string({ error: notText }), { error: 'must be a list of names' }),
        share: z.enum(SHARES, { error: SHARE_PROBLEM }).optional(),
      }),
    ],
    { error: 'must be the name of a backend, a list of names, or an object with "backends" and "share"' },
  ),
)

/** The backends that a route names, as a list without duplicates. An empty name, which the original writes, is none. */
export function poolNames(pool: Pool | undefined): string[] {
  if (pool === undefined) return []
  const names = typeof pool === 'string' ? [pool] : Array.isArray(pool) ? pool : pool.backends
  return [...new Set(names.filter((name) => name !== ''))]
}

/** The share that is written with a route; undefined where it is a name or a plain list. */
export function writtenShare(pool: Pool | undefined): Share | undefined {
  return typeof pool === 'object' && !Array.isArray(pool) ? shareOf(pool) : undefined
}

/** How the backends of a route take turns. */
export function shareOf(pool: Pool | undefined): Share {
  if (typeof pool !== 'object' || Array.isArray(pool)) return SHARE_OF_LIST
  return pool.share ?? SHARE_OF_LIST
}

/** The part of a pool whose names pass a test; undefined where none does. An empty name passes: it is none. */
export function poolOnly(pool: Pool, passes: (name: string) => boolean): Pool | undefined {
  const isKept = (name: string): boolean => name === '' || passes(name)
  if (typeof pool === 'string') return isKept(pool) ? pool : undefined
  const names = Array.isArray(pool) ? pool : pool.backends
  const kept = names.filter(isKept)
  if (kept.length === 0 && names.length > 0) return undefined
  return Array.isArray(pool) ? kept : { ...pool, backends: kept }
}
