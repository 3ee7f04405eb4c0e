/** Focuses a row of the virtual list, which has to be rendered first. */
import type { Ref } from 'vue'
import type { Row } from '../lib/rows.ts'

const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame)

export function useRowFocus(
  rows: () => readonly Row[],
  scroller: Readonly<Ref<HTMLElement | null>>,
  scrollTo: (index: number) => void,
): { focus: () => void; focusRow: (index: number) => Promise<void> } {
  return {
    /** Also used when the focused element is removed: the focus would move to the page, and the keys would stop working. */
    focus: () => scroller.value?.focus({ preventScroll: true }),
    async focusRow(index) {
      scrollTo(index)
      await nextFrame()
      await nextFrame()
      const id = rows()[index]?.record.id
      const shown = [...(scroller.value?.querySelectorAll<HTMLElement>('[data-id]') ?? [])]
      const row = shown.find(({ dataset }) => dataset['id'] === id)
      row?.querySelector('a')?.focus({ preventScroll: true })
    },
  }
}
