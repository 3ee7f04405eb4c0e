/** The header that carries the ids of the proxies a request has passed, to recognise a loop. */
export const HOPS_HEADER = 'x-immich-ml-proxy-hops'

/**
 * The spelling under which a task or type is compared: `facial_recognition` and `facial-recognition` are one
 * task (the original wrote the first, Immich writes the second).
 */
export function canonicalName(name: string): string {
  return name.replaceAll('_', '-')
}

/** The value that a routing map holds for a task or type, whichever spelling it was written with. */
export function lookup<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  if (Object.hasOwn(map, name)) return map[name]
  const wanted = canonicalName(name)
  for (const key of Object.keys(map)) {
    if (canonicalName(key) === wanted) return map[key]
  }
  return undefined
}
