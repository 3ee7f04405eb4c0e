/** Follows the newest record while it is in view. Otherwise the list keeps its position and counts new records. */
import { useEventListener } from '@vueuse/core'
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import type { Row } from '../lib/rows.ts'

/** Distance from the end that still counts as being at the end, pixels. */
const NEAR = 4

/** How many top rows are newer than the one with this id. Pure. */
export function newerThan(rows: readonly Row[], id: string | undefined, newestFirst: boolean): number {
  const top = rows.filter(({ isChild }) => !isChild)
  const at = top.findIndex(({ record }) => record.id === id)
  if (at === -1) return 0
  return newestFirst ? at : top.length - 1 - at
}

/**
 * @param newestFirst whether the newest record is the first row
 * @param isByTime whether the rows are in the order of time; in another one there is no end to follow
 * @param height of a row, pixels
 */
export function useFollow(
  rows: () => readonly Row[],
  newestFirst: Readonly<Ref<boolean>>,
  isByTime: Readonly<Ref<boolean>>,
  scroller: Readonly<Ref<HTMLElement | null>>,
  height: number,
): { unseen: ComputedRef<number>; jump: () => void } {
  const isFollowing = ref(true)
  /** Id of the newest record when the end was last in view. */
  const lastSeen = ref<string>()

  const newest = (): string | undefined => {
    const top = rows().filter(({ isChild }) => !isChild)
    return (newestFirst.value ? top[0] : top.at(-1))?.record.id
  }

  function isAtEnd(element: HTMLElement): boolean {
    if (newestFirst.value) return element.scrollTop <= NEAR
    return element.scrollTop + element.clientHeight >= element.scrollHeight - NEAR
  }

  function jump(): void {
    const element = scroller.value
    if (element === null) return
    element.scrollTop = newestFirst.value ? 0 : element.scrollHeight
    isFollowing.value = true
    lastSeen.value = newest()
  }

  useEventListener(scroller, 'scroll', () => {
    if (scroller.value === null) return
    isFollowing.value = isAtEnd(scroller.value)
    if (isFollowing.value) lastSeen.value = newest()
  })
  watch([newestFirst, isByTime], jump, { flush: 'post' })
  watch(
    rows,
    (now, before) => {
      const element = scroller.value
      if (element === null) return
      if (isFollowing.value) {
        if (isByTime.value && !newestFirst.value) element.scrollTop = element.scrollHeight
        lastSeen.value = newest()
        return
      }
      // Keeps the row at the upper edge at its position.
      const edge = Math.floor(element.scrollTop / height)
      const id = before[edge]?.record.id
      const at = now.findIndex(({ record }) => record.id === id)
      if (at !== -1 && at !== edge) element.scrollTop += (at - edge) * height
    },
    { flush: 'post' },
  )
  const unseen = computed(() =>
    isFollowing.value || !isByTime.value ? 0 : newerThan(rows(), lastSeen.value, newestFirst.value),
  )
  return { unseen, jump }
}
