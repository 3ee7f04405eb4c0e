/** Keeps what has the focus clear of a bar that sticks to the lower edge of the page (WCAG 2.4.11). */
import { useElementSize, useEventListener } from '@vueuse/core'
import { onScopeDispose, watch, type Ref } from 'vue'

/** Room between the bar and what is scrolled into view, pixels. */
const GAP = 16

/** Whether a rectangle reaches below this line or above the page's upper edge, though it would fit in between. */
const isCovered = ({ top, bottom, height }: DOMRect, line: number): boolean =>
  (bottom > line || top < 0) && height < line

/**
 * Scrolls an element into view, clear of what sticks to the edges; whole where it fits.
 * The distance to the edges is the page's `scroll-padding`.
 */
export function bringInSight(element: Element): void {
  element.scrollIntoView({ block: 'nearest' })
}

export function useInSight(bar: Readonly<Ref<HTMLElement | null>>): void {
  const { height } = useElementSize(bar, undefined, { box: 'border-box' })
  const { style } = document.documentElement
  // Browsers scroll what takes the focus until it is this far from the edge.
  watch(height, (now) => (style.scrollPaddingBottom = `${Math.ceil(now) + GAP}px`), { immediate: true })
  // Positions of the page are whole pixels, those of what is on it are not.
  style.scrollPaddingTop = `${GAP}px`
  onScopeDispose(() => {
    style.scrollPaddingTop = ''
    style.scrollPaddingBottom = ''
  })

  let isByKey = false
  useEventListener(window, 'keydown', () => (isByKey = true), { capture: true })
  useEventListener(window, 'pointerdown', () => (isByKey = false), { capture: true })
  // What is half covered counts as in view for some browsers. Under a pointer nothing is moved: the click would miss.
  useEventListener(document, 'focusin', ({ target }) => {
    if (!isByKey || !(target instanceof Element) || bar.value?.contains(target) !== false) return
    if (isCovered(target.getBoundingClientRect(), bar.value.getBoundingClientRect().top)) bringInSight(target)
  })
}
