/** Pauses a backend, and starts and stops its container, from the page. */
import { ref, type Ref } from 'vue'
import { pauseBackend, resumeBackend, startBackend, stopBackend } from '../api/calls.ts'
import { failureText } from '../api/client.ts'

const HOUR_MS = 60 * 60_000
const MORNING_HOUR = 6

export type PauseEnd = 'hour' | 'morning' | 'resumed'

/** When a pause ends that begins now, as the API takes it; null where only a person ends it. */
export function pauseUntil(end: PauseEnd, now: number): string | null {
  if (end === 'resumed') return null
  if (end === 'hour') return new Date(now + HOUR_MS).toISOString()
  const morning = new Date(now)
  if (morning.getHours() >= MORNING_HOUR) morning.setDate(morning.getDate() + 1)
  morning.setHours(MORNING_HOUR, 0, 0, 0)
  return morning.toISOString()
}

export interface CourtesyActions {
  pause: (end: PauseEnd) => Promise<void>
  resume: () => Promise<void>
  start: () => Promise<void>
  stop: () => Promise<void>
  isWorking: Ref<boolean>
  /** Why the last of them failed; else empty. */
  failure: Ref<string>
}

/** @param name of the saved backend */
export function useCourtesy(name: () => string): CourtesyActions {
  const isWorking = ref(false)
  const failure = ref('')
  const doing = (act: (backend: string) => Promise<void>) => async (): Promise<void> => {
    if (isWorking.value) return
    isWorking.value = true
    failure.value = ''
    try {
      await act(name())
    } catch (error) {
      failure.value = failureText(error)
    } finally {
      isWorking.value = false
    }
  }
  return {
    pause: (end) => doing((backend) => pauseBackend(backend, pauseUntil(end, Date.now())))(),
    resume: doing(resumeBackend),
    start: doing(startBackend),
    stop: doing(stopBackend),
    isWorking,
    failure,
  }
}
