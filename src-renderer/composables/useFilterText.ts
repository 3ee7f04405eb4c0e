/** The text of the filter: it stands in the address as `?q=`, and the last one is where the next visit begins. */
import { useLocalStorage, useTimeoutFn } from '@vueuse/core'
import { ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'

const FILTER_KEY = 'debug-filter'
/** Browsers allow about three changes of the address a second, milliseconds. */
const WRITE_AFTER_MS = 300

export function useFilterText(): Ref<string> {
  const route = useRoute()
  const router = useRouter()
  // A tab keeps its own filter, whatever is typed in another one.
  const remembered = useLocalStorage(FILTER_KEY, '', { listenToStorageChanges: false })
  const inAddress = (): string | undefined => {
    const { q } = route.query
    return typeof q === 'string' ? q : undefined
  }
  const text = ref(inAddress() ?? remembered.value)
  /** What this page wrote into the address last: no news when it comes back. */
  let written = inAddress() ?? ''

  const writing = useTimeoutFn(write, WRITE_AFTER_MS, { immediate: false })

  function write(): void {
    if (text.value === (inAddress() ?? '')) return
    written = text.value
    const q = written === '' ? undefined : written
    void router.replace({ query: { ...route.query, q }, hash: route.hash })
  }

  write()
  watch(text, (now) => {
    remembered.value = now
    writing.start()
  })
  const { path } = route
  // Back, forward, or a link to another filter; not the way to another page.
  watch(inAddress, (now = '') => {
    if (route.path !== path) return
    if (now !== written) text.value = now
    written = now
  })
  return text
}
