/** The rows in view of a long list; the others are two empty rows of their height. */
import { useVirtualizer } from '@tanstack/vue-virtual'
import { computed, type ComputedRef, type Ref } from 'vue'
import type { Row } from '../lib/rows.ts'

/** Every row is as high, pixels. */
export const ROW_HEIGHT = 36
/** The head of the table covers the first row otherwise when a row is scrolled into view, pixels. */
const HEAD_HEIGHT = 36
/** Rows made ready outside of the view: each one costs with every jump. */
const OVERSCAN = 5

export function useWindow(
  rows: () => readonly Row[],
  scroller: Readonly<Ref<HTMLElement | null>>,
): {
  visible: ComputedRef<{ row: Row; index: number }[]>
  before: ComputedRef<number>
  after: ComputedRef<number>
  scrollTo: (index: number) => void
} {
  const virtualizer = useVirtualizer(
    computed(() => ({
      count: rows().length,
      getScrollElement: () => scroller.value,
      estimateSize: () => ROW_HEIGHT,
      getItemKey: (index: number) => rows()[index]?.record.id ?? index,
      overscan: OVERSCAN,
      scrollPaddingStart: HEAD_HEIGHT,
      scrollPaddingEnd: ROW_HEIGHT,
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
