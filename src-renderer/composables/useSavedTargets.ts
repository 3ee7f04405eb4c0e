/** The backends that are saved, as “Try a picture” takes them. */
import { computed, type ComputedRef } from 'vue'
import { useLive } from './useLive.ts'
import type { TryTarget } from './useTry.ts'

/** Empty until the configuration has been read. */
export function useSavedTargets(): ComputedRef<readonly TryTarget[]> {
  const { config } = useLive()
  return computed(() =>
    (config.value?.config.backends ?? []).map((backend) => ({
      name: backend.name,
      values: backend,
      isSaved: true,
    })),
  )
}
