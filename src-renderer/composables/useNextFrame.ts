/** A copy of a value, one frame late: typed text is painted before the work it causes. */
import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

export function useNextFrame<T>(source: Readonly<Ref<T>>): Readonly<ShallowRef<T>> {
  const late = shallowRef(source.value)
  let frame = 0
  watch(source, () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => (late.value = source.value))
  })
  onScopeDispose(() => cancelAnimationFrame(frame))
  return late
}
