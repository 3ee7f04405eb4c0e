/** Who did how much of the last import. Pure. */
import type { HistoryImport } from '../../src-shared/history.ts'
import { percentile } from './durations.ts'
import { IMPORT_PAUSE_MINUTES, IMPORT_RUNNING_MINUTES } from './limits.ts'
import { addCell, emptyCell, minuteOf, seriesOf, type Cell, type Minute, type Minutes } from './minutes.ts'

const MINUTE_SECONDS = 60
const MEDIAN = 0.5

const hasImages = ({ cells }: Minute): boolean => [...cells.values()].some(({ images }) => images > 0)

/** The last minutes with images up to now that follow each other without a long pause, oldest first. */
function minutesOfImport(minutes: Minutes, now: number): readonly (readonly [number, Minute])[] {
  const withImages = [...minutes.entries()]
    .filter(([number, minute]) => number <= now && hasImages(minute))
    .sort(([a], [b]) => b - a)
  const end = withImages.findIndex(([number], index) => {
    const earlier = withImages[index + 1]
    return earlier === undefined || number - earlier[0] > IMPORT_PAUSE_MINUTES
  })
  return withImages.slice(0, end + 1).reverse()
}

/** @returns null where no image was answered in the last day */
export function lastImport(minutes: Minutes, wallMs: number): HistoryImport | null {
  const now = minuteOf(wallMs)
  const found = minutesOfImport(minutes, now)
  const [first, last] = [found[0], found.at(-1)]
  if (first === undefined || last === undefined) return null
  const sums = new Map<string, Cell>()
  for (const [, { cells }] of found) {
    for (const [key, cell] of cells) {
      const sum = sums.get(key) ?? emptyCell()
      addCell(sum, cell)
      sums.set(key, sum)
    }
  }
  const parts = [...sums].filter(([, { images }]) => images > 0)
  return {
    from: first[0] * MINUTE_SECONDS,
    to: (last[0] + 1) * MINUTE_SECONDS,
    isRunning: now - last[0] <= IMPORT_RUNNING_MINUTES,
    parts: parts
      .sort(([, a], [, b]) => b.images - a.images)
      .map(([key, { images, failures, durations }]) => ({
        ...seriesOf(key),
        images,
        failures,
        p50Ms: percentile(durations, MEDIAN),
      })),
  }
}
