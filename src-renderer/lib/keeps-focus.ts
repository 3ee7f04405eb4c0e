/** What becomes of the keyboard's focus when the control that has it is removed. Needs a browser. */
import { nextTick, type Directive } from 'vue'

const FOCUSABLE = ':is(button, a[href], input, select, textarea, summary, [tabindex])'
const OUT_OF_REACH = ':is([tabindex="-1"], :disabled, [hidden], [hidden] *, [inert], [inert] *)'
const REACHABLE = `${FOCUSABLE}:not(${OUT_OF_REACH})`
/** The focus never leaves these: a page that goes as a whole has its own rules. */
const WHOLE = 'main, dialog'

/** Where an element stands: behind so many children of its parent. */
interface Place {
  readonly parent: Element
  readonly index: number
}

/** The places of an element and of those around it, up to the whole. */
function placesOf(element: Element): Place[] {
  const places: Place[] = []
  let at = element
  while (at.parentElement !== null && !at.matches(WHOLE)) {
    const parent = at.parentElement
    places.push({ parent, index: [...parent.children].indexOf(at) })
    at = parent
  }
  return places
}

/** A key that is still held down must not press the control that the focus went to. */
function ignoreHeldKey(control: HTMLElement): void {
  const listening = new AbortController()
  const { signal } = listening
  control.addEventListener('keydown', (event) => event.repeat && event.preventDefault(), { signal })
  for (const end of ['keyup', 'blur']) control.addEventListener(end, () => listening.abort(), { signal })
}

function takesFocus(element: Element): boolean {
  const controls = [element, ...element.querySelectorAll(REACHABLE)]
  return controls.some((control) => {
    if (!(control instanceof HTMLElement) || !control.matches(REACHABLE)) return false
    control.focus({ preventScroll: true })
    if (document.activeElement !== control) return false
    ignoreHeldKey(control)
    return true
  })
}

/** Focuses the control that follows in the first place that is left, or else the one before. */
async function handOn(places: readonly Place[]): Promise<void> {
  await nextTick()
  // Something else may have it by now.
  if (document.activeElement !== null && document.activeElement !== document.body) return
  for (const { parent, index } of places) {
    if (!parent.isConnected) continue
    const children = [...parent.children]
    if ([...children.slice(index), ...children.slice(0, index).reverse()].some(takesFocus)) return
  }
}

/**
 * `v-keeps-focus`, for a control that its own press may remove, and for a part that may go while it is read. A browser
 * then gives the focus to the page: the next Tab starts at the top, and a screen reader falls silent. With this the
 * focus goes to what stands in its place.
 */
export const vKeepsFocus: Directive<HTMLElement> = {
  beforeUnmount(element) {
    if (element.contains(document.activeElement)) void handOn(placesOf(element))
  },
}
