/** Virtual list: only the rows in view are rendered, with an empty row above and below for the others. */
import { useVirtualizer } from '@tanstack/vue-virtual'
import { computed, type ComputedRef, type Ref } from 'vue'
import type { Row } from '../lib/rows.ts'

/** Height of a row, pixels. */
export const ROW_HEIGHT = 36
/** Height of the sticky table head, pixels; without it the head would cover a row that is scrolled into view. */
const HEAD_HEIGHT = 36
/** Rows rendered outside of the view. Each one costs time whenever the list jumps. */
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
