/** The text of the filter. It is stored in the URL as `?q=`, and the last one is restored at the next visit. */
import { useTimeoutFn } from '@vueuse/core'
import { ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useStored } from './useStored.ts'

const FILTER_KEY = 'debug-filter'
/** Minimum time between two changes of the URL, milliseconds: browsers allow about three a second. */
const WRITE_AFTER_MS = 300

export function useFilterText(): Ref<string> {
  const route = useRoute()
  const router = useRouter()
  // Changes by other tabs are ignored, so that each tab has its own filter.
  const remembered = useStored<string>(FILTER_KEY, '')
  const inAddress = (): string | undefined => {
    const { q } = route.query
    return typeof q === 'string' ? q : undefined
  }
  const text = ref(inAddress() ?? remembered.value)
  /** The query this page set last; its own change of the URL must not be applied again. */
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
  // Applies the filter of back, forward and links, but not when the user goes to another page.
  watch(inAddress, (now = '') => {
    if (route.path !== path) return
    if (now !== written) text.value = now
    written = now
  })
  return text
}
