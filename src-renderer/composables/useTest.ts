/** The test of a backend with the values of its form, saved or not. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { testBackend } from '../api/calls.ts'
import { failureText } from '../api/client.ts'
import { backendConfig, type DraftBackend } from '../lib/draft.ts'
import { duration } from '../lib/format.ts'
import type { BackendTest } from '../../src-shared/api.ts'

export interface Verdict {
  readonly ok: boolean
  readonly text: string
}

/** The result of a test as a sentence. */
export function verdictOf(result: BackendTest): Verdict {
  const { ok, statusCode, durationMs, error } = result
  if (ok) return { ok, text: `It answers: /ping ${statusCode} in ${duration(durationMs)}.` }
  const answered = statusCode === 0 ? '' : ` (status ${statusCode}, ${duration(durationMs)})`
  return { ok, text: `It cannot be used: ${error}${answered}.` }
}

export function useTest(backend: () => DraftBackend): {
  test: () => Promise<void>
  isTesting: Ref<boolean>
  verdict: ComputedRef<Verdict | undefined>
} {
  const isTesting = ref(false)
  const tested = shallowRef<{ of: string; verdict: Verdict }>()
  const values = computed(() => JSON.stringify(backendConfig(backend())))
  // The verdict is shown only while the form has the values that were tested.
  const verdict = computed(() => (tested.value?.of === values.value ? tested.value.verdict : undefined))
  watch(values, () => (tested.value = undefined))
  // Saved, its health is what the checks say from now on.
  watch(
    () => backend().origin,
    () => (tested.value = undefined),
  )

  async function test(): Promise<void> {
    const of = values.value
    isTesting.value = true
    tested.value = undefined
    try {
      const { name, ...rest } = backendConfig(backend())
      const result = await testBackend(name === '' ? rest : { name, ...rest })
      tested.value = { of, verdict: verdictOf(result) }
    } catch (failure) {
      tested.value = { of, verdict: { ok: false, text: failureText(failure) } }
    } finally {
      isTesting.value = false
    }
  }

  return { test, isTesting, verdict }
}
