/** The debug records of the server, updated live. */
import { useTimeoutFn } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { DebugRecord } from '../../src-shared/api.ts'
import { getRecords } from '../api/calls.ts'
import { failureText } from '../api/client.ts'
import { haystackOf } from '../lib/haystack.ts'
import { useIdleQueue } from './useIdleQueue.ts'
import type { Live } from './useLive.ts'

/** Changes within this time are shown together, milliseconds. */
const SHOW_EVERY_MS = 50
/** Time without new records after which their number is compared with the server's, milliseconds. */
const SETTLE_MS = 400

export interface Records {
  /** Oldest first; a new array with every change. */
  readonly records: Readonly<ShallowRef<readonly DebugRecord[]>>
  readonly loaded: Readonly<Ref<boolean>>
  readonly error: Readonly<Ref<string>>
}

/** Keeps the newest `limit` records. */
function trim(held: Map<string, DebugRecord>, limit: number): void {
  for (const id of held.keys()) {
    if (held.size <= limit) return
    held.delete(id)
  }
}

interface Held {
  readonly byId: Map<string, DebugRecord>
  readonly put: (records: readonly DebugRecord[]) => void
  readonly clear: () => void
}

function holdRecords(): Held {
  const byId = new Map<string, DebugRecord>()
  // Prepared while idle: preparing ten thousand records at the first key press would delay it.
  const searchable = useIdleQueue(haystackOf)
  return {
    byId,
    put(records) {
      for (const record of records) byId.set(record.id, Object.freeze(record))
      searchable.add(records)
    },
    clear() {
      byId.clear()
      searchable.clear()
    },
  }
}

export function useRecords(live: Live): Records {
  const held = holdRecords()
  const records = shallowRef<readonly DebugRecord[]>([])
  const loaded = ref(false)
  const error = ref('')
  const showing = useTimeoutFn(show, SHOW_EVERY_MS, { immediate: false })
  const settling = useTimeoutFn(compare, SETTLE_MS, { immediate: false })
  /** Records that arrived while the full list was being fetched; they are newer than its entries. */
  let meanwhile: DebugRecord[] | undefined

  const mayShow = (): boolean => live.isOpen.value

  function show(): void {
    trim(held.byId, live.debug.value?.maxRecords ?? Infinity)
    records.value = [...held.byId.values()]
  }

  function compare(): void {
    const expected = live.debug.value?.recordCount
    if (expected !== undefined && expected !== held.byId.size) void load()
  }

  function clear(): void {
    held.clear()
    show()
  }

  function take(record: DebugRecord): void {
    meanwhile?.push(record)
    held.put([record])
    if (!showing.isPending.value) showing.start()
    settling.start()
  }

  async function load(): Promise<void> {
    if (meanwhile !== undefined || !mayShow()) return
    meanwhile = []
    try {
      const all = await getRecords()
      if (!mayShow()) return
      held.clear()
      held.put([...all, ...meanwhile])
      error.value = ''
      loaded.value = true
      show()
    } catch (failure) {
      error.value = mayShow() ? failureText(failure) : ''
    } finally {
      meanwhile = undefined
    }
  }

  onScopeDispose(live.onRecord(take))
  // Also loads the records the first time, as the stream opens later.
  watch(live.gaps, () => void load(), { immediate: true })
  watch(live.debug, (debug) => {
    if (debug?.recordCount === 0 && held.byId.size > 0) clear()
    else settling.start()
  })
  // After a logout no records are kept in memory.
  watch(live.isOpen, (isOpen) => {
    if (isOpen) return
    loaded.value = false
    error.value = ''
    clear()
  })
  return { records, loaded, error }
}
