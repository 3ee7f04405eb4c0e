/** What is known of Immich, asked again and again while the page is looked at. */
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { ImmichStatus, Progress } from '../../src-shared/immich.ts'
import { askImmich, getImmich, getProgress, type ImmichAction } from '../api/calls.ts'
import { failureText } from '../api/client.ts'

/** As often as the proxy asks Immich for its counts while somebody looks. */
const LOOK_AGAIN_MS = 5_000

export interface ImmichState {
  readonly status: ShallowRef<ImmichStatus | undefined>
  readonly progress: ShallowRef<Progress | undefined>
  /** Why the last thing that was asked for did not happen; empty where it did. */
  readonly failure: Ref<string>
  readonly isAsking: Ref<boolean>
  readonly ask: (what: ImmichAction) => Promise<void>
}

export function useImmich(): ImmichState {
  const status = shallowRef<ImmichStatus>()
  const progress = shallowRef<Progress>()
  const failure = ref('')
  const isAsking = ref(false)
  const visibility = useDocumentVisibility()

  async function look(): Promise<void> {
    if (visibility.value !== 'visible') return
    try {
      ;[status.value, progress.value] = await Promise.all([getImmich(), getProgress()])
    } catch {
      // The connection is told of elsewhere; what was known stays.
    }
  }

  async function ask(what: ImmichAction): Promise<void> {
    if (isAsking.value) return
    isAsking.value = true
    failure.value = ''
    try {
      status.value = await askImmich(what)
    } catch (error) {
      failure.value = failureText(error)
    } finally {
      isAsking.value = false
    }
  }

  useIntervalFn(() => void look(), LOOK_AGAIN_MS, { immediateCallback: true })
  watch(visibility, () => void look())
  return { status, progress, failure, isAsking, ask }
}
