/** The shown records: filter, order, expanded records, and pausing the view. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { DebugRecord } from '../../src-shared/api.ts'
import { answeringBackends } from '../lib/answering.ts'
import { parseFilter, type Filter, type LeftOut } from '../lib/filter.ts'
import { COLUMNS, NEWEST_FIRST, toRows, type Column, type Order } from '../lib/rows.ts'
import { isPing, tracesOf } from '../lib/traces.ts'
import { useNextFrame } from './useNextFrame.ts'
import { useStored } from './useStored.ts'

const ORDER_KEY = 'debug-order'

const NONE: readonly string[] = []

export type RecordList = ReturnType<typeof useRecordList>

/** What another version of this page stored may be anything. */
function validOrder({ column, isDescending }: Partial<Order>): Order {
  const known = COLUMNS.find((one) => one === column)
  return known === undefined ? NEWEST_FIRST : { column: known, isDescending: isDescending === true }
}

/** The order after a press on a column: turned around where it was the one, else the useful end first. */
export function orderAfter({ column, isDescending }: Order, pressed: Column): Order {
  if (pressed === column) return { column, isDescending: !isDescending }
  return {
    column: pressed,
    isDescending: pressed === 'time' || pressed === 'status' || pressed === 'duration',
  }
}

interface LeavesOut {
  readonly isLeftOut: (record: DebugRecord) => boolean
  /** How many are left out now. */
  readonly leftOut: ComputedRef<Readonly<Record<LeftOut, number>>>
}

/** Pings and the proxy's own tries, which are left out of the list unless the filter asks for them. */
function useLeftOut(shown: Readonly<Ref<readonly DebugRecord[]>>, filter: Readonly<Ref<Filter>>): LeavesOut {
  const pings = computed(() => shown.value.filter(isPing).length)
  const tries = computed(() => shown.value.filter(({ cause }) => cause === 'try').length)
  const without = (name: LeftOut): boolean => !filter.value.with.has(name)
  return {
    isLeftOut: (record) =>
      (isPing(record) && without('pings')) || (record.cause === 'try' && without('tries')),
    leftOut: computed(() => ({
      pings: without('pings') ? pings.value : 0,
      tries: without('tries') ? tries.value : 0,
    })),
  }
}

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the type is RecordList
export function useRecordList(
  records: Readonly<Ref<readonly DebugRecord[]>>,
  filterText: Readonly<Ref<string>>,
) {
  const stored = useStored<Partial<Order>>(ORDER_KEY, NEWEST_FIRST)
  const order = computed(() => validOrder(stored.value))
  const applied = useNextFrame(filterText)
  const held = shallowRef<readonly DebugRecord[]>()
  const isPaused = computed(() => held.value !== undefined)
  const shown = computed(() => held.value ?? records.value)
  const answering = computed(() => answeringBackends(shown.value))
  const backendsOf = ({ id }: DebugRecord): readonly string[] => answering.value.get(id) ?? NONE
  const traces = computed(() => tracesOf(shown.value))
  const filter = computed(() => parseFilter(applied.value, { backendsOf, traces: traces.value }))
  const { isLeftOut, leftOut } = useLeftOut(shown, filter)
  const unfolded = ref(new Set<string>())
  const result = computed(() =>
    toRows({
      records: shown.value,
      matches: (record) => !isLeftOut(record) && filter.value.test(record),
      open: unfolded.value,
      order: order.value,
      traces: traces.value,
    }),
  )
  const rows = computed(() => result.value.rows)
  const matching = computed(() => result.value.matching)
  /** What is not left out. A request counts as one, whatever it caused; what lost its cause counts for itself. */
  const whole = computed(
    () =>
      shown.value.filter(
        (record) => !isLeftOut(record) && (record.type === 'incoming' || !traces.value.has(record.traceId)),
      ).length,
  )
  // Outgoing requests that a filter sets apart are more.
  const total = computed(() => Math.max(whole.value, matching.value))
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

  const sortBy = (column: Column): void => void (stored.value = orderAfter(order.value, column))

  return {
    filter,
    order,
    sortBy,
    isPaused,
    setPaused,
    shown,
    rows,
    matching,
    total,
    leftOut,
    traces,
    unfolded,
    toggle,
  }
}
