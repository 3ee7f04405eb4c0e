/** The shown records: filter, order, expanded records, and pausing the view. */
import { useLocalStorage } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import type { DebugRecord } from '../../src-shared/api.ts'
import { answeringBackends } from '../lib/answering.ts'
import { parseFilter } from '../lib/filter.ts'
import { toRows } from '../lib/rows.ts'
import { useNextFrame } from './useNextFrame.ts'

const ORDER_KEY = 'debug-newest-first'

const NONE: readonly string[] = []

export type RecordList = ReturnType<typeof useRecordList>

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the type is RecordList
export function useRecordList(
  records: Readonly<Ref<readonly DebugRecord[]>>,
  filterText: Readonly<Ref<string>>,
) {
  const newestFirst = useLocalStorage(ORDER_KEY, true, { listenToStorageChanges: false })
  const applied = useNextFrame(filterText)
  const held = shallowRef<readonly DebugRecord[]>()
  const isPaused = computed(() => held.value !== undefined)
  const shown = computed(() => held.value ?? records.value)
  const answering = computed(() => answeringBackends(shown.value))
  const backendsOf = ({ id }: DebugRecord): readonly string[] => answering.value.get(id) ?? NONE
  const filter = computed(() => parseFilter(applied.value, backendsOf))
  const unfolded = ref(new Set<string>())
  const result = computed(() =>
    toRows({
      records: shown.value,
      matches: filter.value.test,
      open: unfolded.value,
      newestFirst: newestFirst.value,
      backendsOf,
    }),
  )
  const rows = computed(() => result.value.rows)
  const matching = computed(() => result.value.matching)

  function setPaused(paused: boolean): void {
    held.value = paused ? records.value : undefined
  }

  // A paused view ends when the records are cleared, as it would show records that no longer exist.
  watch(records, (now) => {
    if (now.length === 0) held.value = undefined
  })

  function toggle(id: string): void {
    if (!unfolded.value.delete(id)) unfolded.value.add(id)
  }

  return { filter, newestFirst, isPaused, setPaused, shown, rows, matching, unfolded, toggle }
}
