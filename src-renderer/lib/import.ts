/** Parses a config.json that the user selected. Pure. */
import { MASK } from '../../src-shared/config/backend-schema.ts'
import { settleOriginal } from '../../src-shared/config/original.ts'
import { Problems } from '../../src-shared/config/problems.ts'
import { isPlain } from '../../src-shared/config/schema-shape.ts'
import { configSchema, judge, problemsText, type Config } from '../../src-shared/config/schema.ts'

export type Imported =
  | {
      readonly ok: true
      readonly config: Config
      /** What is used in another way than it stands in the file; empty for none. */
      readonly note: string
    }
  | { readonly ok: false; readonly problem: string }

/** An exported file has masked header values, which must not be reported as problems. */
function withoutMasks(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (inner === MASK ? '' : inner)))
}

export function readImport(text: string): Imported {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return {
      ok: false,
      problem: `it is not JSON (${error instanceof Error ? error.message : String(error)})`,
    }
  }
  const told = new Problems()
  const shapes = { unusable: new Set<string>(), isFile: true }
  if (isPlain(value)) value = settleOriginal(value, shapes, told)
  const judged = judge(configSchema, withoutMasks(value))
  if (!judged.ok) return { ok: false, problem: problemsText(judged.problems) }
  // The masked values are taken from the file, as the validated copy has replacements.
  const merged = {
    ...judged.value,
    backends: judged.value.backends.map((backend, index) => keepMasks(backend, value, index)),
  }
  return { ok: true, config: merged, note: problemsText(told.list) }
}

function keepMasks(
  backend: Config['backends'][number],
  value: unknown,
  index: number,
): Config['backends'][number] {
  const read = (value as Partial<Config>).backends?.[index]?.headers
  return read === undefined ? backend : { ...backend, headers: read }
}
