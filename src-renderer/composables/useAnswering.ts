/** Provides the backends that answered each incoming record to the components of the debug view. */
import { computed, inject, provide, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { DebugRecord } from '../../src-shared/api.ts'
import { answeringBackends, type Answering } from '../lib/answering.ts'

const KEY: InjectionKey<ComputedRef<Answering>> = Symbol('answering')

export function provideAnswering(records: Readonly<Ref<readonly DebugRecord[]>>): void {
  provide(
    KEY,
    computed(() => answeringBackends(records.value)),
  )
}

export function useAnswering(): ComputedRef<Answering> {
  const answering = inject(KEY)
  if (answering === undefined) throw new Error('provideAnswering() was not called above this component')
  return answering
}
