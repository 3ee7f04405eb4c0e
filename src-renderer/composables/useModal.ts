/** On phones a panel covers the page; the rest is then out of reach of the keyboard and of screen readers. */
import { useMediaQuery } from '@vueuse/core'
import { watch, type Ref } from 'vue'

/** The same width as in the styles of the panel. */
const COVERS = '(width <= 900px)'
/** Live regions stay reachable. */
const SPEAKS = '[aria-live], [role="status"], [role="alert"]'

/** Makes everything but this element inert. Returns a function that undoes it. */
export function isolate(element: HTMLElement): () => void {
  const made: Element[] = []
  for (let at: Element = element; at !== document.body && at.parentElement !== null; at = at.parentElement) {
    for (const other of at.parentElement.children) {
      if (other === at || other.matches(SPEAKS) || other.hasAttribute('inert')) continue
      other.setAttribute('inert', '')
      made.push(other)
    }
  }
  return () => made.forEach((other) => other.removeAttribute('inert'))
}

export function useModal(element: Readonly<Ref<HTMLElement | null>>, focus: () => void): void {
  const covers = useMediaQuery(COVERS)
  watch(
    [element, covers],
    ([now, isModal], _before, onCleanup) => {
      if (now === null || !isModal) return
      onCleanup(isolate(now))
      if (!now.contains(document.activeElement)) focus()
    },
    { flush: 'post', immediate: true },
  )
}
