/**
 * Limits on what a configuration may hold, applied before the schema judges it: judging 40,000 backends takes seconds
 * and gigabytes, as each makes messages of its own. Pure, browser-safe.
 */
import {
  MAX_BACKENDS,
  MAX_CONFIG_DEPTH,
  MAX_CONFIG_MEMBERS,
  MAX_ROUTES,
  MAX_UNKNOWN_BYTES,
} from '../limits.ts'
import type { Path, Problems } from './problems.ts'
import { fieldsSchema, POLICY_FIELDS, ROUTING_FIELDS } from './schema.ts'
import { isPlain, withoutUnknown, type Plain } from './schema-shape.ts'

/** Tells what is left out, if it is told at all. */
type Tell = Pick<Problems, 'add'>

function firstEntries(map: Plain, most: number): Plain {
  return Object.fromEntries(Object.entries(map).slice(0, most))
}

function limitCounts(config: Plain, problems: Tell): Plain {
  const limited = { ...config }
  const { backends } = config
  if (Array.isArray(backends) && backends.length > MAX_BACKENDS) {
    problems.add(['backends'], `are more than ${MAX_BACKENDS}`)
    limited['backends'] = backends.slice(0, MAX_BACKENDS)
  }
  let left = MAX_ROUTES
  for (const field of ROUTING_FIELDS) {
    const map = config[field]
    if (!isPlain(map)) continue
    const count = Object.keys(map).length
    if (count > left) {
      problems.add([field], `makes more than ${MAX_ROUTES} routes in all`)
      limited[field] = firstEntries(map, left)
    }
    left -= Math.min(count, left)
  }
  for (const field of POLICY_FIELDS) {
    const map = config[field]
    if (!isPlain(map) || Object.keys(map).length <= MAX_ROUTES) continue
    problems.add([field], `has more than ${MAX_ROUTES} entries`)
    limited[field] = firstEntries(map, MAX_ROUTES)
  }
  return limited
}

/** The value without what lies too deep and without objects and lists that have too many members. */
function limitShape(value: unknown, path: Path, problems: Tell): unknown {
  if (typeof value !== 'object' || value === null) return value
  const members = Array.isArray(value) ? value.length : Object.keys(value).length
  if (path.length >= MAX_CONFIG_DEPTH) {
    problems.add(path, `lies more than ${MAX_CONFIG_DEPTH} deep`)
    return undefined
  }
  // Of the configuration itself only unknown fields can be many; they have a limit of their own.
  if (path.length > 0 && members > MAX_CONFIG_MEMBERS) {
    problems.add(path, `has more than ${MAX_CONFIG_MEMBERS} entries`)
    return undefined
  }
  if (Array.isArray(value)) {
    return value.map((member: unknown, index) => limitShape(member, [...path, index], problems))
  }
  const limited = Object.entries(value).map(([key, member]) => [
    key,
    limitShape(member, [...path, key], problems),
  ])
  return Object.fromEntries(limited.filter(([, member]) => member !== undefined))
}

/**
 * Tells what of a value lies too deep, and its objects and lists that have too many members: a schema would make a message
 * for each of them.
 * @param value any JSON value
 */
export function tellShape(value: unknown, problems: Tell): void {
  limitShape(value, [], problems)
}

/**
 * A configuration within the limits: what is too much is left out.
 * @param value any JSON value
 * @param problems receives what was left out
 */
export function withinCaps(value: unknown, problems: Tell): unknown {
  if (!isPlain(value)) return value
  const limited = limitShape(limitCounts(value, problems), [], problems)
  const unknown: [string, unknown][] = []
  const known = withoutUnknown(fieldsSchema, limited, unknown)
  if (new TextEncoder().encode(JSON.stringify(unknown)).length <= MAX_UNKNOWN_BYTES) return limited
  problems.add([], `has more than ${MAX_UNKNOWN_BYTES / 1024} KB of fields that are not known`)
  return known
}
