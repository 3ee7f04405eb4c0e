import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { useFilterText } from '../../../src-renderer/composables/useFilterText.ts'
import { inPage, useCleanPage } from '../support/page.ts'

useCleanPage()

describe('the text of the filter', () => {
  it('comes from the address before what is remembered, and goes there', async () => {
    localStorage.setItem('debug-filter', 'remembered')
    vi.useFakeTimers()
    const { used: text, router } = await inPage('/debug?q=linked#a', useFilterText)
    expect(text.value).toBe('linked')
    text.value = 'typed'
    await nextTick()
    expect(router.currentRoute.value.query['q']).toBe('linked')
    await vi.advanceTimersByTimeAsync(300)
    expect(router.currentRoute.value.fullPath).toBe('/debug?q=typed#a')
    expect(localStorage.getItem('debug-filter')).toBe('typed')
    // Typed in another tab.
    window.dispatchEvent(new StorageEvent('storage', { key: 'debug-filter', newValue: 'theirs' }))
    await nextTick()
    expect(text.value).toBe('typed')
    await router.push('/debug?q=followed')
    expect(text.value).toBe('followed')
    await router.push('/config')
    expect(text.value).toBe('followed')
  })

  it('is remembered for an address without one', async () => {
    localStorage.setItem('debug-filter', 'remembered')
    const { used: text, router } = await inPage('/debug', useFilterText)
    expect(text.value).toBe('remembered')
    await vi.waitFor(() => expect(router.currentRoute.value.query['q']).toBe('remembered'))
  })
})
