import { useNow as useDate } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'

const TICK_MS = 1_000

/** The browser's time in Unix seconds, updated every second. */
export function useNow(): ComputedRef<number> {
  const now = useDate({ interval: TICK_MS })
  return computed(() => Math.floor(now.value.getTime() / 1000))
}
