/** Names of this project's header, and of tasks and types. Pure, browser-safe. */

/**
 * The header with the ids of the proxies that a request has passed, separated by commas. A proxy that finds its own
 * id there has a loop.
 */
export const HOPS_HEADER = 'x-immich-ml-proxy-hops'

/**
 * The spelling by which tasks and types are compared. `facial_recognition` and `facial-recognition` are the same
 * task: the original wrote the first, Immich sends the second.
 */
export function canonicalName(name: string): string {
  return name.replaceAll('_', '-')
}

/** The value of a task or type in a routing map, in whichever spelling it stands there. */
export function lookup<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  if (Object.hasOwn(map, name)) return map[name]
  const wanted = canonicalName(name)
  for (const key of Object.keys(map)) {
    if (canonicalName(key) === wanted) return map[key]
  }
  return undefined
}
