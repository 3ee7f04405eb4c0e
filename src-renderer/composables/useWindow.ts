/** Virtual list: only the rows in view are rendered, with an empty row above and below for the others. */
import { useVirtualizer } from '@tanstack/vue-virtual'
import { computed, type ComputedRef, type Ref } from 'vue'
import type { Row } from '../lib/rows.ts'

/** Height of a row, rem: it grows with the text where a browser is set to larger text. */
const ROW_HEIGHT_REM = 2.4
/** Height of the sticky table head, rem; without it the head would cover a row that is scrolled into view. */
const HEAD_HEIGHT_REM = 2.4
/** A rem of these pages in a browser with its usual text, pixels. */
const USUAL_REM = 15
/** Rows rendered outside of the view. Each one costs time whenever the list jumps. */
const OVERSCAN = 5

/** Pixels of a rem, as the page is shown now. */
function remPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || USUAL_REM
}

/** Height of a row, pixels. */
export const rowHeight = (): number => ROW_HEIGHT_REM * remPixels()

/** @param height of a row, pixels */
export function useWindow(
  rows: () => readonly Row[],
  scroller: Readonly<Ref<HTMLElement | null>>,
  height: number,
): {
  visible: ComputedRef<{ row: Row; index: number }[]>
  before: ComputedRef<number>
  after: ComputedRef<number>
  scrollTo: (index: number) => void
} {
  const headHeight = HEAD_HEIGHT_REM * remPixels()
  const virtualizer = useVirtualizer(
    computed(() => ({
      count: rows().length,
      getScrollElement: () => scroller.value,
      estimateSize: () => height,
      getItemKey: (index: number) => rows()[index]?.record.id ?? index,
      overscan: OVERSCAN,
      scrollPaddingStart: headHeight,
      scrollPaddingEnd: height,
    })),
  )
  const items = computed(() => virtualizer.value.getVirtualItems())
  return {
    visible: computed(() =>
      items.value.flatMap(({ index }) => {
        const row = rows()[index]
        return row === undefined ? [] : [{ row, index }]
      }),
    ),
    before: computed(() => items.value[0]?.start ?? 0),
    after: computed(() => virtualizer.value.getTotalSize() - (items.value.at(-1)?.end ?? 0)),
    scrollTo: (index) => virtualizer.value.scrollToIndex(index),
  }
}
