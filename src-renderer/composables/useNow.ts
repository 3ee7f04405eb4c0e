import { useNow as useDate } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'

const TICK_MS = 1_000

/** The time of the browser in Unix seconds, told each second. */
export function useNow(): ComputedRef<number> {
  const now = useDate({ interval: TICK_MS })
  return computed(() => Math.floor(now.value.getTime() / 1000))
}
