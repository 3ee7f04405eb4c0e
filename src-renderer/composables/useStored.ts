/** A value that this browser remembers; where it may not, a value of this page alone. */
import { useStorage } from '@vueuse/core'
import { ref, type Ref } from 'vue'
import { browserStorage } from '../lib/storage.ts'

/** What is remembered under a key may be of another version of the page. */
export function useStored<T extends string | number | object>(key: string, usual: T): Ref<T> {
  const storage = browserStorage()
  if (storage === undefined) return ref(usual) as Ref<T>
  return useStorage<T>(key, usual, storage, { listenToStorageChanges: false })
}
