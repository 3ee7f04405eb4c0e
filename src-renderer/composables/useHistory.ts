/** The figures of the last hours, asked for again while the page is looked at. */
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { History, HistoryRange } from '../../src-shared/history.ts'
import { getHistory } from '../api/calls.ts'
import { failureText } from '../api/client.ts'
import type { Live } from './useLive.ts'

/** How often it is asked for, milliseconds: each minute has a new value, and the last one grows. */
export const REFRESH_MS = 15_000

export interface HistoryView {
  readonly history: Readonly<ShallowRef<History | undefined>>
  /** Why the figures shown are old; empty where they are not. */
  readonly error: Readonly<Ref<string>>
}

export function useHistory(
  range: Readonly<Ref<HistoryRange>>,
  live: Pick<Live, 'isOpen' | 'gaps'>,
): HistoryView {
  const history = shallowRef<History>()
  const error = ref('')
  const visibility = useDocumentVisibility()
  let abort: AbortController | undefined

  async function load(): Promise<void> {
    if (!live.isOpen.value || visibility.value !== 'visible') return
    abort?.abort()
    const own = new AbortController()
    abort = own
    try {
      const answer = await getHistory(range.value, own.signal)
      if (own.signal.aborted) return
      history.value = Object.freeze(answer)
      error.value = ''
    } catch (failure) {
      if (!own.signal.aborted) error.value = failureText(failure)
    }
  }

  useIntervalFn(() => void load(), REFRESH_MS)
  watch([range, visibility, live.gaps, live.isOpen], () => void load(), { immediate: true })
  // After a logout nothing is kept.
  watch(live.isOpen, (isOpen) => {
    if (!isOpen) history.value = undefined
  })
  onScopeDispose(() => abort?.abort())
  return { history, error }
}
