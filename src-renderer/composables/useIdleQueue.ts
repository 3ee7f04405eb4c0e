/** Runs work while the browser is idle. */
import { onScopeDispose } from 'vue'

/** Time per turn in browsers without `requestIdleCallback`, milliseconds. */
const SLICE_MS = 8

export interface IdleQueue<T> {
  readonly add: (items: readonly T[]) => void
  readonly clear: () => void
}

export function useIdleQueue<T>(work: (item: T) => void): IdleQueue<T> {
  let waiting: T[] = []
  let cancel: (() => void) | undefined

  function run(hasTime: () => boolean): void {
    cancel = undefined
    while (waiting.length > 0 && hasTime()) work(waiting.pop() as T)
    if (waiting.length > 0) schedule()
  }

  function schedule(): void {
    // Safari has it only behind a flag, contrary to its type.
    if (typeof requestIdleCallback === 'function') {
      const handle = requestIdleCallback((deadline) => run(() => deadline.timeRemaining() > 1))
      cancel = () => cancelIdleCallback(handle)
      return
    }
    const timer = setTimeout(() => {
      const end = performance.now() + SLICE_MS
      run(() => performance.now() < end)
    })
    cancel = () => clearTimeout(timer)
  }

  function clear(): void {
    cancel?.()
    cancel = undefined
    waiting = []
  }

  onScopeDispose(clear)
  return {
    add(items) {
      for (const item of items) waiting.push(item)
      if (waiting.length > 0 && cancel === undefined) schedule()
    },
    clear,
  }
}
