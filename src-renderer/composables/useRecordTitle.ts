/** Shows the open record in the title of the page. */
import { computed, watch, type Ref } from 'vue'
import { useRoute } from 'vue-router'
import type { DebugRecord } from '../../src-shared/api.ts'
import { titleText } from '../lib/record-text.ts'
import { titleOf } from '../lib/title.ts'

export function useRecordTitle(record: Readonly<Ref<DebugRecord | undefined>>): void {
  const route = useRoute()
  const title = computed(() => {
    const page = titleOf(route.meta)
    return record.value === undefined ? page : `${titleText(record.value)} · ${page}`
  })
  const { path } = route
  // Every navigation resets the title, even within the page.
  watch([title, () => route.fullPath], () => {
    if (route.path === path) document.title = title.value
  })
}
