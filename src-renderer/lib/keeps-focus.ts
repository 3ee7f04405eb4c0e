/** What becomes of the keyboard's focus when the control that has it is removed. Needs a browser. */
import { nextTick, type Directive } from 'vue'

const FOCUSABLE = 'button, a[href], input, select, textarea, summary, [tabindex]'

function focusableIn(element: Element | undefined | null): HTMLElement | undefined {
  if (!(element instanceof HTMLElement)) return undefined
  return element.matches(FOCUSABLE) ? element : (element.querySelector<HTMLElement>(FOCUSABLE) ?? undefined)
}

/** The control that stands where the removed one stood, or else the nearest one around it. */
function heir(chain: readonly Element[], index: number): HTMLElement | undefined {
  const place = chain.find(({ isConnected }) => isConnected)
  if (place === undefined) return undefined
  const inPlace = place === chain[0] ? [place.children[index], place.children[index - 1]] : []
  for (const element of [...inPlace, ...chain.slice(chain.indexOf(place))]) {
    const found = focusableIn(element)
    if (found !== undefined) return found
  }
  return undefined
}

/** Moves the focus on once the page has been changed, unless something else has it by then. */
async function handOn(chain: readonly Element[], index: number): Promise<void> {
  await nextTick()
  if (document.activeElement === null || document.activeElement === document.body) heir(chain, index)?.focus()
}

/**
 * `v-keeps-focus`, for a control that its own press may remove. A browser then gives the focus to the page: the next
 * Tab starts at the top, and a screen reader falls silent. With this the focus goes to what stands in its place.
 */
export const vKeepsFocus: Directive<HTMLElement> = {
  beforeUnmount(element) {
    if (document.activeElement !== element) return
    const chain: Element[] = []
    for (let at = element.parentElement; at !== null; at = at.parentElement) chain.push(at)
    void handOn(chain, [...(element.parentElement?.children ?? [])].indexOf(element))
  },
}
