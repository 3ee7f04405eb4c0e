/** The debug records as the server holds them, followed live. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { DebugRecord } from '../../src-main/api.ts'
import { getRecords } from '../api/calls.ts'
import { failureText } from '../api/client.ts'
import type { Live } from './useLive.ts'

/** Changes within this time are shown together, milliseconds. */
const SHOW_EVERY_MS = 50
/** How long it has to be quiet before our number of records is compared with the server's, milliseconds. */
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

export function useRecords(live: Live): Records {
  const held = new Map<string, DebugRecord>()
  const records = shallowRef<readonly DebugRecord[]>([])
  const loaded = ref(false)
  const error = ref('')
  let showTimer: ReturnType<typeof setTimeout> | undefined
  let settleTimer: ReturnType<typeof setTimeout> | undefined
  /** Told while the whole list was on its way: newer than what the list holds. */
  let meanwhile: DebugRecord[] | undefined

  function show(): void {
    showTimer = undefined
    trim(held, live.debug.value?.maxRecords ?? Infinity)
    records.value = [...held.values()]
  }

  function settle(): void {
    clearTimeout(settleTimer)
    settleTimer = setTimeout(() => {
      const expected = live.debug.value?.recordCount
      if (expected !== undefined && expected !== held.size) void load()
    }, SETTLE_MS)
  }

  function take(record: DebugRecord): void {
    meanwhile?.push(record)
    held.set(record.id, Object.freeze(record))
    showTimer ??= setTimeout(show, SHOW_EVERY_MS)
    settle()
  }

  async function load(): Promise<void> {
    if (meanwhile !== undefined) return
    meanwhile = []
    try {
      const all = await getRecords()
      held.clear()
      for (const record of [...all, ...meanwhile]) held.set(record.id, Object.freeze(record))
      error.value = ''
      loaded.value = true
      show()
    } catch (failure) {
      error.value = failureText(failure)
    } finally {
      meanwhile = undefined
    }
  }

  const stop = live.onRecord(take)
  // Also the first time: the stream opens after this.
  watch(live.gaps, () => void load(), { immediate: true })
  watch(live.debug, (debug) => {
    if (debug?.recordCount === 0 && held.size > 0) {
      held.clear()
      show()
    } else {
      settle()
    }
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(showTimer)
    clearTimeout(settleTimer)
  })
  return { records, loaded, error }
}
