import { describe, expect, it, vi } from 'vitest'
import { nextTick, ref, shallowRef } from 'vue'
import { orderAfter, useRecordList } from '../../../src-renderer/composables/useRecordList.ts'
import { scope, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

useCleanPage({ fakeTimers: true })

describe('the list of records', () => {
  it('can be held still, filtered and turned around', async () => {
    const records = shallowRef([recordOf({ id: 'a' }), recordOf({ id: 'b', url: '/other' })])
    const text = ref('')
    const list = scope.run(() => useRecordList(records, text)) ?? expect.unreachable()
    const shown = (): string[] => list.rows.value.map(({ record }) => record.id)
    expect(shown()).toEqual(['b', 'a'])
    list.setPaused(true)
    records.value = [...records.value, recordOf({ id: 'c' })]
    expect(shown()).toEqual(['b', 'a'])
    list.setPaused(false)
    list.sortBy('time')
    expect(shown()).toEqual(['a', 'b', 'c'])
    text.value = '/o'
    await nextTick()
    text.value = '/other'
    await nextTick()
    // What is typed is on the screen before the list is searched.
    expect(shown()).toEqual(['a', 'b', 'c'])
    await vi.advanceTimersByTimeAsync(20)
    expect(shown()).toEqual(['b'])
  })

  it('leaves out pings and the proxy’s own tries until they are asked for', async () => {
    const records = shallowRef([
      recordOf({ id: 'a' }),
      recordOf({ id: 'p', method: 'GET', url: '/ping' }),
      recordOf({ id: 't', cause: 'try', type: 'outgoing' }),
    ])
    const text = ref('')
    const list = scope.run(() => useRecordList(records, text)) ?? expect.unreachable()
    const shown = (): string[] => list.rows.value.map(({ record }) => record.id)
    const filtered = async (now: string): Promise<string[]> => {
      text.value = now
      await nextTick()
      await vi.advanceTimersByTimeAsync(20)
      return shown()
    }
    expect([shown(), list.total.value, list.leftOut.value]).toEqual([['a'], 1, { pings: 1, tries: 1 }])
    expect(await filtered('with:pings')).toEqual(['p', 'a'])
    expect(list.leftOut.value).toEqual({ pings: 0, tries: 1 })
    expect(await filtered('with:pings with:tries')).toEqual(['t', 'p', 'a'])
    expect(await filtered('is:ping')).toEqual(['p'])
    expect(await filtered('is:try')).toEqual(['t'])
    expect(await filtered('/ping')).toEqual([])
  })

  it('counts a request as one, whatever it caused', () => {
    const failed = { type: 'outgoing', traceId: 'a', status: 500, error: 'answered 500' } as const
    const records = shallowRef([
      recordOf({ id: 'a', status: 500, error: 'nas: answered 500' }),
      recordOf({ ...failed, id: 'b', backend: 'gpu' }),
      recordOf({ ...failed, id: 'c', backend: 'nas' }),
    ])
    const list = scope.run(() => useRecordList(records, ref('status:error'))) ?? expect.unreachable()
    expect([list.matching.value, list.total.value, list.rows.value.length]).toEqual([1, 1, 1])
  })
})

describe('the order', () => {
  it('is turned around by a second press, and begins with the useful end', () => {
    const byTime = { column: 'time', isDescending: true } as const
    expect(orderAfter(byTime, 'time')).toEqual({ column: 'time', isDescending: false })
    expect(orderAfter(byTime, 'duration')).toEqual({ column: 'duration', isDescending: true })
    expect(orderAfter(byTime, 'what')).toEqual({ column: 'what', isDescending: false })
  })
})
