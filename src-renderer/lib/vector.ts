/** Lists of numbers, as they come inside strings in Immich's answers. Pure. */

/** Minimum length of an embedding; a shorter list is shown as a list. */
const MIN_LENGTH = 8

export interface VectorSummary {
  readonly values: readonly number[]
  readonly min: number
  readonly max: number
  /** Euclidean length. */
  readonly norm: number
}

/** The numbers of a list of numbers, or of a string with such a list; otherwise undefined. */
export function vectorOf(value: unknown): readonly number[] | undefined {
  let list = value
  if (typeof value === 'string') {
    if (!/^\s*\[/.test(value)) return undefined
    try {
      list = JSON.parse(value)
    } catch {
      // A text that begins like a list but is none.
      return undefined
    }
  }
  if (!Array.isArray(list) || list.length < MIN_LENGTH) return undefined
  return list.every((one): one is number => typeof one === 'number') ? list : undefined
}

export function summarize(values: readonly number[]): VectorSummary {
  let [min, max, squares] = [Infinity, -Infinity, 0]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
    squares += value * value
  }
  return { values, min, max, norm: Math.sqrt(squares) }
}

const short = (value: number): string => String(Number(value.toPrecision(4)))

/** `float[512] · min −0.99 · max 0.98 · ‖v‖ 13.1` */
export function summaryText({ values, min, max, norm }: VectorSummary): string {
  return `float[${values.length}] · min ${short(min)} · max ${short(max)} · ‖v‖ ${short(norm)}`
}

/** Cosine similarity: 1 for the same direction; undefined if the vectors cannot be compared. */
export function cosine(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length !== b.length) return undefined
  const norms = summarize(a).norm * summarize(b).norm
  if (norms === 0) return undefined
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) / norms
}

/** The points of a small line chart. Long lists are sampled. */
export function sparkline({ values, min, max }: VectorSummary, width: number, height: number): string {
  const steps = Math.min(values.length, width)
  const range = max - min || 1
  return Array.from({ length: steps }, (_, step) => {
    const value = values[Math.floor((step * values.length) / steps)] ?? 0
    const x = (step * width) / Math.max(1, steps - 1)
    return `${x.toFixed(1)},${(height - ((value - min) / range) * height).toFixed(1)}`
  }).join(' ')
}
