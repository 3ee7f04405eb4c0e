/** Gives rows of a long list the focus: first they have to be there. */
import type { Ref } from 'vue'
import type { Row } from '../lib/rows.ts'

const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame)

export function useRowFocus(
  rows: () => readonly Row[],
  scroller: Readonly<Ref<HTMLElement | null>>,
  scrollTo: (index: number) => void,
): { focus: () => void; focusRow: (index: number) => Promise<void> } {
  return {
    /** Also where what had the focus goes away: it would fall to the page, and the keys with it. */
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
