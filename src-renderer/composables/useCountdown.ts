/** Counts seconds down to zero. */
import { useIntervalFn } from '@vueuse/core'
import { ref, type Ref } from 'vue'

const SECOND_MS = 1_000

export interface Countdown {
  /** Seconds that are left. */
  readonly left: Readonly<Ref<number>>
  readonly start: (seconds: number) => void
}

export function useCountdown(): Countdown {
  const left = ref(0)
  let end = 0
  const ticking = useIntervalFn(tick, SECOND_MS / 4, { immediate: false })

  // By the clock: a browser slows the timers of a page that is not looked at.
  function tick(): void {
    left.value = Math.max(0, Math.ceil((end - performance.now()) / SECOND_MS))
    if (left.value === 0) ticking.pause()
  }

  return {
    left,
    start(seconds) {
      end = performance.now() + seconds * SECOND_MS
      left.value = seconds
      ticking.resume()
    },
  }
}
