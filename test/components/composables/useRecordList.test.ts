import { describe, expect, it, vi } from 'vitest'
import { nextTick, ref, shallowRef } from 'vue'
import { useRecordList } from '../../../src-renderer/composables/useRecordList.ts'
import { scope, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

useCleanPage({ fakeTimers: true })

describe('the list of records', () => {
  it('can be held still, filtered and turned around', async () => {
    const records = shallowRef([recordOf({ id: 'a' }), recordOf({ id: 'b', url: '/ping' })])
    const text = ref('')
    const list = scope.run(() => useRecordList(records, text)) ?? expect.unreachable()
    const shown = (): string[] => list.rows.value.map(({ record }) => record.id)
    expect(shown()).toEqual(['b', 'a'])
    list.setPaused(true)
    records.value = [...records.value, recordOf({ id: 'c' })]
    expect(shown()).toEqual(['b', 'a'])
    list.setPaused(false)
    list.newestFirst.value = false
    expect(shown()).toEqual(['a', 'b', 'c'])
    text.value = '/p'
    await nextTick()
    text.value = '/ping'
    await nextTick()
    // What is typed is on the screen before the list is searched.
    expect(shown()).toEqual(['a', 'b', 'c'])
    await vi.advanceTimersByTimeAsync(20)
    expect(shown()).toEqual(['b'])
  })
})
