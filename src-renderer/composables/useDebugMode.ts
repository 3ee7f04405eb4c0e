/** State and toggle of debug mode, with the error of the last attempt. */
import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { setDebug } from '../api/calls.ts'
import { failureText } from '../api/client.ts'
import { useLive } from './useLive.ts'

export interface DebugMode {
  readonly isOn: ComputedRef<boolean>
  readonly isBusy: Readonly<Ref<boolean>>
  readonly error: Readonly<Ref<string>>
  readonly toggle: () => Promise<void>
}

export function useDebugMode(): DebugMode {
  const { debug, refresh, connection } = useLive()
  const isOn = computed(() => debug.value?.enabled === true)
  const isBusy = ref(false)
  const error = ref('')

  async function toggle(): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    error.value = ''
    try {
      await setDebug(!isOn.value)
      if (connection.value !== 'live') await refresh()
    } catch (failure) {
      error.value = failureText(failure)
    } finally {
      isBusy.value = false
    }
  }

  return { isOn, isBusy, error, toggle }
}
