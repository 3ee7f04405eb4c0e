/** Which record is looked at (it stands in the address) and which row the keys are on. */
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { DebugRecord } from '../../src-main/api.ts'
import type { FocusesRows } from '../lib/exposed.ts'
import type { RecordList } from './useRecordList.ts'

export type Selection = ReturnType<typeof useSelection>

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the type is Selection
export function useSelection(
  records: Readonly<Ref<readonly DebugRecord[]>>,
  { shown, rows, unfolded }: RecordList,
  table: Readonly<Ref<FocusesRows | null>>,
) {
  const route = useRoute()
  const router = useRouter()
  const selectedId = computed(() => (route.hash === '' ? undefined : route.hash.slice(1)))
  const selected = computed(() => shown.value.find(({ id }) => id === selectedId.value))
  const trace = computed(() => {
    const { traceId } = selected.value ?? {}
    return traceId === undefined ? [] : records.value.filter((record) => record.traceId === traceId)
  })
  /** The row that up and down start from. */
  const activeId = ref<string>()

  // A link to a record under a folded one unfolds it.
  watch(selected, (record, before) => {
    if (record === undefined) return
    activeId.value = record.id
    if (record.type === 'outgoing' && record.id !== before?.id) unfolded.value.add(record.traceId)
  })

  const open = (id: string): Promise<unknown> => router.push({ hash: `#${id}`, query: route.query })

  async function close(): Promise<void> {
    if (selectedId.value === undefined) return
    await router.push({ hash: '', query: route.query })
    await nextTick()
    const index = rows.value.findIndex(({ record }) => record.id === activeId.value)
    if (index !== -1) await table.value?.focusRow(index)
  }

  function step(by: 1 | -1): void {
    const at = rows.value.findIndex(({ record }) => record.id === activeId.value)
    const index = at === -1 ? 0 : Math.min(Math.max(at + by, 0), rows.value.length - 1)
    const id = rows.value[index]?.record.id
    if (id === undefined) return
    activeId.value = id
    void table.value?.focusRow(index)
    if (selectedId.value !== undefined) void router.replace({ hash: `#${id}`, query: route.query })
  }

  const openActive = (): void => void (activeId.value !== undefined && open(activeId.value))

  return { selectedId, selected, trace, activeId, open, openActive, close, step }
}
