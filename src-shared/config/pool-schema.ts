/** The schema of what a route names: one backend, a list, or a list with the way in which it shares the work. Browser-safe. */
import * as z from 'zod'

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

const namesSchema = z.union([z.string(), z.array(z.string())], {
  error: 'must be the name of a backend, a list of names, or an object with "backends" and "share"',
})
const sharedPoolSchema = z.looseObject({
  backends: z.array(z.string(), { error: 'must be a list of names' }),
  share: z.enum(SHARES, { error: `must be ${SHARES.map((share) => `"${share}"`).join(' or ')}` }).optional(),
})

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Judges an object by its own schema alone: a union would say what is wrong with the pool, not with which of its fields. */
export const poolSchema = z.unknown().transform((value, context): Pool => {
  const judged = (isObject(value) ? sharedPoolSchema : namesSchema).safeParse(value)
  if (judged.success) return judged.data
  for (const { path, message } of judged.error.issues) {
    context.addIssue({ code: 'custom', path: [...path], message })
  }
  return z.NEVER
})

/** The backends that a route names, as a list without duplicates. An empty name, which the original writes, is none. */
export function poolNames(pool: Pool | undefined): string[] {
  if (pool === undefined) return []
  const names = typeof pool === 'string' ? [pool] : Array.isArray(pool) ? pool : pool.backends
  return [...new Set(names.filter((name) => name !== ''))]
}

/** How the backends of a route take turns. */
export function shareOf(pool: Pool | undefined): Share {
  if (typeof pool !== 'object' || Array.isArray(pool)) return SHARE_OF_LIST
  return pool.share ?? SHARE_OF_LIST
}
