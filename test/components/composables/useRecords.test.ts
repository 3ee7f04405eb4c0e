import { describe, expect, it, vi } from 'vitest'
import { nextTick, ref, shallowRef } from 'vue'
import type { DebugRecord, DebugUsage } from '../../../src-shared/api.ts'
import { type Live } from '../../../src-renderer/composables/useLive.ts'
import { useRecords } from '../../../src-renderer/composables/useRecords.ts'
import { hasHaystack } from '../../../src-renderer/lib/haystack.ts'
import { answer, json } from '../support/api.ts'
import { scope, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

useCleanPage({ fakeTimers: true })

const USAGE: DebugUsage = {
  enabled: true,
  maxRecords: 3,
  recordCount: 2,
  incoming: 2,
  outgoing: 0,
  errors: 0,
  keptBytes: 0,
  keptBytesLimit: 1,
}

describe('the records', () => {
  it('are the server’s list, followed live and trimmed', async () => {
    let tell: (record: DebugRecord) => void = () => undefined
    const debug = shallowRef<DebugUsage | undefined>(USAGE)
    const live = {
      debug,
      gaps: ref(0),
      isOpen: ref(true),
      onRecord: (listener: typeof tell) => {
        tell = listener
        return () => undefined
      },
    } as unknown as Live
    const list = [recordOf({ id: 'a' }), recordOf({ id: 'b', pending: true })]
    const fetched = answer(() => json(list))
    const { records, loaded } = scope.run(() => useRecords(live)) ?? expect.unreachable()
    await vi.advanceTimersByTimeAsync(10)
    expect(loaded.value).toBe(true)
    tell(recordOf({ id: 'b', durationMs: 7 }))
    tell(recordOf({ id: 'c' }))
    tell(recordOf({ id: 'd' }))
    await vi.advanceTimersByTimeAsync(60)
    expect(records.value.map(({ id }) => id)).toEqual(['b', 'c', 'd'])
    expect(records.value[0]?.durationMs).toBe(7)
    debug.value = { ...USAGE, recordCount: 0 }
    await nextTick()
    expect(records.value).toEqual([])
    // A number that is not ours after a while means that something was missed.
    debug.value = { ...USAGE, recordCount: 2 }
    await vi.advanceTimersByTimeAsync(500)
    expect(fetched).toHaveBeenCalledTimes(2)
    expect(records.value).toHaveLength(2)
  })

  it('are made ready to be searched before a key is pressed', async () => {
    const list = Array.from({ length: 50 }, (_, at) => recordOf({ id: `r${at}` }))
    const live = {
      debug: shallowRef<DebugUsage | undefined>({ ...USAGE, maxRecords: 100, recordCount: 50 }),
      gaps: ref(0),
      isOpen: ref(true),
      onRecord: () => () => undefined,
    } as unknown as Live
    answer(() => json(list))
    const { records } = scope.run(() => useRecords(live)) ?? expect.unreachable()
    await vi.advanceTimersByTimeAsync(500)
    expect(records.value).toHaveLength(50)
    expect(records.value.every(hasHaystack)).toBe(true)
  })
})
