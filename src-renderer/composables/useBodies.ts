/** The bodies of the open record, fetched if the server still stores them. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { DebugRecord } from '../../src-shared/api.ts'
import { getText, partPath, recordPath } from '../api/calls.ts'
import { failureText } from '../api/client.ts'

export interface Bodies {
  /** The full text of every part that is a field, by index. */
  readonly texts: Readonly<ShallowRef<readonly (string | undefined)[]>>
  readonly answer: Readonly<ShallowRef<string | undefined>>
  readonly isLoading: Readonly<Ref<boolean>>
  readonly error: Readonly<Ref<string>>
}

async function fetchTexts(record: DebugRecord, signal: AbortSignal): Promise<(string | undefined)[]> {
  const parts = record.request.body.parts ?? []
  return Promise.all(
    parts.map(({ filename, preview }, index) => {
      if (filename !== undefined || !record.kept.request) return Promise.resolve(preview)
      return getText(partPath(record.id, index), signal)
    }),
  )
}

export function useBodies(record: () => DebugRecord): Bodies {
  const texts = shallowRef<readonly (string | undefined)[]>([])
  const answer = shallowRef<string>()
  const isLoading = ref(false)
  const error = ref('')
  let abort: AbortController | undefined

  const version = computed(() => {
    const { id, kept, pending } = record()
    return [id, kept.request, kept.response, pending].join()
  })

  async function load(): Promise<void> {
    abort?.abort()
    const own = new AbortController()
    abort = own
    const of = record()
    isLoading.value = true
    error.value = ''
    try {
      const [parts, text] = await Promise.all([
        fetchTexts(of, own.signal),
        of.kept.response ? getText(`${recordPath(of.id)}/response`, own.signal) : of.response.body.preview,
      ])
      if (own.signal.aborted) return
      texts.value = parts
      answer.value = text
    } catch (failure) {
      if (!own.signal.aborted) error.value = failureText(failure)
    } finally {
      if (!own.signal.aborted) isLoading.value = false
    }
  }

  watch(
    version,
    () => {
      texts.value = []
      answer.value = undefined
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => abort?.abort())
  return { texts, answer, isLoading, error }
}
