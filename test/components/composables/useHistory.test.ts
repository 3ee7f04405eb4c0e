import { describe, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { REFRESH_MS, useHistory } from '../../../src-renderer/composables/useHistory.ts'
import type { HistoryRange } from '../../../src-shared/history.ts'
import { answer, json } from '../support/api.ts'
import { scope, useCleanPage } from '../support/page.ts'

useCleanPage({ fakeTimers: true })

describe('the history', () => {
  it('is asked for at once, for another range, and again while it is looked at', async () => {
    const asked: string[] = []
    let isUp = true
    answer((path) => {
      asked.push(path)
      if (!isUp) throw new TypeError('network')
      return json({ range: path.slice(-2) })
    })
    const range = ref<HistoryRange>('1h')
    const live = { isOpen: ref(true), gaps: ref(0) }
    const { history, error } = scope.run(() => useHistory(range, live)) ?? expect.unreachable()
    await vi.advanceTimersByTimeAsync(0)
    expect(history.value?.range).toBe('1h')
    range.value = '6h'
    await nextTick()
    await vi.advanceTimersByTimeAsync(0)
    expect(history.value?.range).toBe('6h')
    await vi.advanceTimersByTimeAsync(REFRESH_MS)
    expect(asked).toEqual(['/api/history?range=1h', '/api/history?range=6h', '/api/history?range=6h'])
    // What was shown stays, and is told to be old.
    isUp = false
    await vi.advanceTimersByTimeAsync(REFRESH_MS)
    expect(history.value?.range).toBe('6h')
    expect(error.value).toContain('does not answer')
    live.isOpen.value = false
    await nextTick()
    expect(history.value).toBeUndefined()
    const before = asked.length
    await vi.advanceTimersByTimeAsync(REFRESH_MS)
    expect(asked).toHaveLength(before)
  })
})
