/** The flow of the page: of the draft, and of the configuration in force. */
import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { isNamed } from '../../src-shared/config/schema.ts'
import { flowOf, ratesOf, type FlowModel } from '../lib/flow.ts'
import { troubleOf, type Trouble } from '../lib/trouble.ts'
import { useConfigDraft } from './useConfigDraft.ts'
import { useHistory } from './useHistory.ts'
import { useLive } from './useLive.ts'

export interface Flow {
  /** Of the draft; undefined before it is there. */
  readonly model: ComputedRef<FlowModel | undefined>
  /** The name of a backend that is supposed to be off; empty for none. */
  readonly supposedOff: Ref<string>
  /** What fails now, by the configuration in force. */
  readonly trouble: ComputedRef<Trouble | undefined>
  /** Whether a route of the configuration in force names a backend. */
  readonly isRouted: (name: string) => boolean
}

export function useFlow(): Flow {
  const live = useLive()
  const { draft, config, base } = useConfigDraft()
  const { history } = useHistory(ref('1h'), live)
  const supposedOff = ref('')
  const rateOf = computed(() => ratesOf(history.value))
  const storedName = (name: string): string | undefined =>
    draft.value?.backends.find((backend) => backend.name.trim() === name)?.origin?.name

  const model = computed(() => {
    if (config.value === undefined) return undefined
    const rate = rateOf.value
    return flowOf({
      config: config.value,
      stateOf: (name) => live.backends.value[storedName(name) ?? ''],
      isOff: (name) => name === supposedOff.value,
      rateOf: (name, work) => rate(storedName(name) ?? '', work),
    })
  })
  const trouble = computed(() => {
    if (base.value === undefined || base.value.config.backends.length === 0) return undefined
    return troubleOf(
      flowOf({
        config: base.value.config,
        stateOf: (name) => live.backends.value[name],
        isOff: () => false,
        rateOf: () => 0,
      }),
    )
  })
  const isRouted = (name: string): boolean => base.value !== undefined && isNamed(base.value.config, name)
  return { model, supposedOff, trouble, isRouted }
}
