/** Shows the overall state in the browser's tab: a sign before the title, and the tray's icon as the page's. */
import { useMutationObserver } from '@vueuse/core'
import { computed, watch } from 'vue'
import down from '../icons/down.svg'
// Part of the script: it is shown where the proxy cannot be asked for it any more.
import error from '../icons/error.svg?inline'
import paused from '../icons/paused.svg'
import waiting from '../icons/waiting.svg'
import { withSign } from '../lib/title.ts'
import { words } from '../texts/trouble.ts'
import type { Live } from './useLive.ts'

/** States that a user wants to notice from another tab; in all others the tab has the program's own icon. */
const ICONS: Readonly<Record<string, string>> = { down, paused, waiting, lost: error }
const OWN_ICON = '/favicon.svg'

export function useTabState({ status, connection }: Pick<Live, 'status' | 'connection'>): void {
  const kind = computed(() => (connection.value === 'lost' ? 'lost' : (status.value?.overall ?? 'healthy')))

  function sign(): void {
    const title = withSign(document.title, words.tab(kind.value))
    if (document.title !== title) document.title = title
  }

  // Each page sets its own title, some of them whenever a record is chosen.
  useMutationObserver(document.querySelector('title'), sign, { childList: true })
  watch(
    kind,
    (now) => {
      sign()
      const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
      if (link !== null) link.href = ICONS[now] ?? OWN_ICON
    },
    { immediate: true },
  )
}
