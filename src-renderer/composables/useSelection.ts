/** The open record, which is part of the URL, and the row that has the keyboard. */
import { until } from '@vueuse/core'
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { DebugRecord } from '../../src-shared/api.ts'
import type { Focusable, FocusesRows } from '../lib/exposed.ts'
import type { RecordList } from './useRecordList.ts'

export type Selection = ReturnType<typeof useSelection>

interface Panes {
  readonly table: Readonly<Ref<FocusesRows | null>>
  readonly detail: Readonly<Ref<Focusable | null>>
}

/** Goes back to the list. Pushing the list as a new entry would make the browser's Back button open the detail again. */
function useLeaving(): (selectedId: Readonly<Ref<string | undefined>>) => Promise<void> {
  const route = useRoute()
  const router = useRouter()
  return async (selectedId) => {
    const to = { hash: '', query: route.query }
    // The detail was opened by a link, or the filter has changed since: no history entry has this list.
    if (router.options.history.state['back'] !== router.resolve(to).fullPath) {
      await router.replace(to)
      return
    }
    router.back()
    await until(selectedId).toBe(undefined)
  }
}

/** Scrolls the list to the open record, expanding its incoming record if needed. */
function useFollowSelection(
  {
    selected,
    activeId,
  }: { selected: Readonly<Ref<DebugRecord | undefined>>; activeId: Ref<string | undefined> },
  unfolded: Readonly<Ref<Set<string>>>,
  table: Readonly<Ref<FocusesRows | null>>,
  indexOf: (id: string) => number,
): void {
  /** The page was opened by a link to this record, so no row has the focus yet. */
  let linked = useRoute().hash.slice(1)
  watch(
    () => selected.value?.id,
    async (id) => {
      const record = selected.value
      if (id === undefined || record === undefined) return
      activeId.value = id
      if (record.type === 'outgoing') unfolded.value.add(record.traceId)
      const takesFocus = id === linked
      linked = ''
      await nextTick()
      const index = indexOf(id)
      if (index === -1) return
      if (takesFocus) await table.value?.focusRow(index)
      else table.value?.showRow(index)
    },
    { immediate: true },
  )
}

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the type is Selection
export function useSelection(
  records: Readonly<Ref<readonly DebugRecord[]>>,
  { shown, rows, unfolded }: Pick<RecordList, 'shown' | 'rows' | 'unfolded'>,
  { table, detail }: Panes,
) {
  const route = useRoute()
  const router = useRouter()
  const selectedId = computed(() => (route.hash === '' ? undefined : route.hash.slice(1)))
  const selected = computed(() => shown.value.find(({ id }) => id === selectedId.value))
  const trace = computed(() => {
    const { traceId } = selected.value ?? {}
    return traceId === undefined ? [] : records.value.filter((record) => record.traceId === traceId)
  })
  /** The row that the arrow keys start from. */
  const activeId = ref<string>()
  let isClosing = false
  const leave = useLeaving()

  const indexOf = (id: string | undefined): number => rows.value.findIndex(({ record }) => record.id === id)

  // The detail takes the focus when it is opened; the list keeps it when the arrow keys change the record.
  watch(selectedId, async (id, before) => {
    if (id === undefined || before !== undefined) return
    await nextTick()
    detail.value?.focus()
  })
  useFollowSelection({ selected, activeId }, unfolded, table, indexOf)

  /** Changing the record replaces the history entry, so that Back leads to the list as Close does. */
  function open(id: string): Promise<unknown> {
    const to = { hash: `#${id}`, query: route.query }
    return selectedId.value === undefined ? router.push(to) : router.replace(to)
  }

  async function close(): Promise<void> {
    if (selectedId.value === undefined || isClosing) return
    isClosing = true
    await leave(selectedId)
    isClosing = false
    await nextTick()
    const index = indexOf(activeId.value)
    if (index === -1) table.value?.focus()
    else await table.value?.focusRow(index)
  }

  function step(by: 1 | -1): void {
    const at = indexOf(activeId.value)
    const index = at === -1 ? 0 : Math.min(Math.max(at + by, 0), rows.value.length - 1)
    const id = rows.value[index]?.record.id
    if (id === undefined) return
    activeId.value = id
    void table.value?.focusRow(index)
    if (selectedId.value !== undefined) void open(id)
  }

  const openActive = (): void => void (activeId.value !== undefined && open(activeId.value))

  return { selectedId, selected, trace, activeId, open, openActive, close, step }
}
