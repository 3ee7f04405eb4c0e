/** Sends a recorded request again and holds the answer with its target. */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { DebugRecord, ReplayResult } from '../../src-shared/api.ts'
import { replay } from '../api/calls.ts'
import { failureText } from '../api/client.ts'

export interface Replayed {
  readonly result: ReplayResult
  /** Name of the backend; empty for the proxy. */
  readonly target: string
}

export interface Replay {
  readonly isRunning: Readonly<Ref<boolean>>
  readonly error: Readonly<Ref<string>>
  readonly replayed: Readonly<ShallowRef<Replayed | undefined>>
  readonly run: (target: string) => Promise<void>
}

export function useReplay(record: () => DebugRecord): Replay {
  const isRunning = ref(false)
  const error = ref('')
  const replayed = shallowRef<Replayed>()

  watch(
    () => record().id,
    () => {
      replayed.value = undefined
      error.value = ''
    },
  )

  async function run(target: string): Promise<void> {
    const { id, kept } = record()
    if (isRunning.value || !kept.request) return
    isRunning.value = true
    error.value = ''
    replayed.value = undefined
    try {
      const result = await replay(id, target === '' ? undefined : target)
      if (id === record().id) replayed.value = { result, target }
    } catch (failure) {
      if (id === record().id) error.value = failureText(failure)
    } finally {
      isRunning.value = false
    }
  }

  return { isRunning, error, replayed, run }
}
