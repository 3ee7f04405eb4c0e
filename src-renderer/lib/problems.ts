/** The problems of a draft by field. Pure. */
import { MASK } from '../../src-shared/config/backend-schema.ts'
import {
  judge,
  pathText,
  savedConfigSchema,
  type Config,
  type ConfigProblem,
} from '../../src-shared/config/schema.ts'
import { configOf, type Draft } from './draft.ts'

/** Messages by path, for example `backends[0].url`. Several messages of one field are joined. */
export type Problems = ReadonlyMap<string, string>

/** Whether the configuration has masked values. */
export function hasMasks({ backends, immich }: Config): boolean {
  return (
    immich?.apiKey === MASK || backends.some(({ headers }) => Object.values(headers ?? {}).includes(MASK))
  )
}

export function problemMap(problems: readonly ConfigProblem[]): Problems {
  const map = new Map<string, string>()
  for (const { path, message } of problems) {
    const key = pathText(path)
    const before = map.get(key)
    if (before === undefined) map.set(key, message)
    else if (!before.includes(message)) map.set(key, `${before}; ${message}`)
  }
  return map
}

/** The server puts the stored key in place of the mask, for the scheme, host and port that it was entered for. */
function shownImmich({ immich }: Config, { immich: stored }: Config): Pick<Config, 'immich'> {
  if (immich === undefined) return {}
  const originOf = (url: string | undefined): string | undefined =>
    url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined
  const isSameUrl = originOf(immich.url) !== undefined && originOf(immich.url) === originOf(stored?.url)
  const isKept = immich.apiKey === MASK && stored?.apiKey === MASK && isSameUrl
  return { immich: isKept ? { ...immich, apiKey: 'stored' } : immich }
}

/** Validates the draft with the server's schema. */
export function problemsOf(draft: Draft): Problems {
  const config = configOf(draft)
  const backends = config.backends.map((backend, index) => {
    const { headers } = backend
    const stored = draft.backends[index]?.origin?.headers
    if (headers === undefined || stored === undefined) return backend
    const shown = Object.entries(headers).map(([name, value]) => [
      name,
      value === MASK && Object.hasOwn(stored, name) ? '' : value,
    ])
    return { ...backend, headers: Object.fromEntries(shown) as Record<string, string> }
  })
  const judged = judge(savedConfigSchema, { ...config, backends, ...shownImmich(config, draft.origin) })
  return judged.ok ? new Map() : problemMap(judged.problems)
}
