/** The keys of the debug list: up, down, enter, escape, and `/` for the filter. */
import { useEventListener } from '@vueuse/core'

export interface KeyActions {
  readonly step: (by: 1 | -1) => void
  readonly enter: () => void
  readonly escape: () => void
  readonly filter: () => void
}

/** Elements with their own meaning of these keys. */
const TYPING = 'input, textarea, select, [contenteditable]'
const PRESSING = 'a, button, summary, input, select, textarea'
const READING = 'aside'

export function useKeys(actions: KeyActions): void {
  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    const target = event.target instanceof Element ? event.target : document.body
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    // An open dialog has the keys, whatever has the focus.
    if (target.closest(TYPING) !== null || document.querySelector('dialog[open]') !== null) return
    const isReading = target.closest(READING) !== null
    const does: Readonly<Record<string, (() => void) | undefined>> = {
      ArrowDown: isReading ? undefined : () => actions.step(1),
      ArrowUp: isReading ? undefined : () => actions.step(-1),
      Enter: target.closest(PRESSING) === null ? actions.enter : undefined,
      Escape: actions.escape,
      '/': actions.filter,
    }
    const action = does[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}
