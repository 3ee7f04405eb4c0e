/** Copying that works on plain http too, where `navigator.clipboard` is missing. */
import { refAutoReset } from '@vueuse/core'
import type { Ref } from 'vue'

const SHOWN_MS = 2_000

/** Selects the text in a hidden field and asks the document to copy it. */
function copyLegacy(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'visually-hidden'
  field.setAttribute('aria-hidden', 'true')
  // Elements outside of an open dialog cannot be selected.
  const { activeElement } = document
  const root = document.querySelector('dialog[open]') ?? document.body
  root.append(field)
  field.select()
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way outside of a secure context
  const done = document.execCommand('copy')
  field.remove()
  if (activeElement instanceof HTMLElement) activeElement.focus()
  return done
}

export async function copyText(text: string): Promise<boolean> {
  // Undefined outside of a secure context, contrary to its type.
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard === undefined) return copyLegacy(text)
  try {
    await clipboard.writeText(text)
    return true
  } catch {
    // The browser refused, for example in a frame or without focus.
    return copyLegacy(text)
  }
}

/** `outcome` holds the result of the last copy for a moment. */
export function useCopy(): { copy: (text: string) => Promise<void>; outcome: Ref<'' | 'copied' | 'failed'> } {
  const outcome = refAutoReset<'' | 'copied' | 'failed'>('', SHOWN_MS)
  return {
    outcome,
    async copy(text) {
      outcome.value = (await copyText(text)) ? 'copied' : 'failed'
    },
  }
}
