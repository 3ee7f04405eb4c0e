import { type VueWrapper } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import SaveBar from '../../../../src-renderer/components/config/SaveBar.vue'
import { ONE } from '../../support/api.ts'
import { mountIn, rename, useCleanPage } from '../../support/page.ts'

useCleanPage({ fakeTimers: true })

describe('the bar', () => {
  const button = (wrapper: VueWrapper, name: string): ReturnType<VueWrapper['get']> => {
    const found = wrapper.findAll('button').find((one) => one.text() === name)
    return found ?? expect.unreachable(`no button ${name}`)
  }

  it('keeps the focus on a button that has nothing more to do', async () => {
    const { wrapper, draft } = mountIn(SaveBar)
    const discard = button(wrapper, 'Discard')
    expect(discard.attributes('aria-disabled')).toBe('true')
    rename(draft, 'other')
    await nextTick()
    expect(discard.attributes('aria-disabled')).toBe('false')
    ;(discard.element as HTMLElement).focus()
    await discard.trigger('click')
    expect(document.activeElement).toBe(discard.element)
    expect(wrapper.get('[role=status]').text()).toBe('The changes were discarded.')
    await vi.advanceTimersByTimeAsync(15_000)
    expect(wrapper.get('[role=status]').text()).toBe('')
  })

  it('asks to review what somebody else saved, and sends nothing', async () => {
    const fetched = vi.fn()
    vi.stubGlobal('fetch', fetched)
    const { wrapper, draft, live } = mountIn(SaveBar)
    const bar = wrapper.getComponent(SaveBar)
    rename(draft, 'mine')
    live.value = { revision: 'r2', config: { ...ONE, taskRouting: { ocr: 'gpu' } } }
    await nextTick()
    expect(wrapper.get('[role=status]').text()).toContain('review before saving')
    await button(wrapper, 'Save').trigger('click')
    await button(wrapper, 'Review').trigger('click')
    await nextTick()
    expect(bar.emitted('review')).toHaveLength(2)
    expect(fetched).not.toHaveBeenCalled()
  })
})
