import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import LoginForm from '../../../../src-renderer/components/auth/LoginForm.vue'
import { provideSession } from '../../../../src-renderer/composables/useSession.ts'
import { answer, json } from '../../support/api.ts'
import { useCleanPage } from '../../support/page.ts'

useCleanPage({ fakeTimers: true })

/** The form below a page that provides the session. */
const Page = defineComponent({
  setup() {
    provideSession()
    return () => h(LoginForm)
  },
})

describe('the login form', () => {
  it('counts the seconds down that it asks to wait, and is silent about it when they are over', async () => {
    answer((path) =>
      path === '/api/auth/login'
        ? json({ error: 'Too many' }, { status: 429, headers: { 'retry-after': '54' } })
        : json({ passwordSet: true, authenticated: false }),
    )
    const form = mount(Page)
    await form.get('input').setValue('wrong horse')
    await form.get('form').trigger('submit')
    await vi.advanceTimersByTimeAsync(0)
    expect(form.text()).toContain('Try again in 54 seconds.')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(form.text()).toContain('Try again in 44 seconds.')
    // What is read out stays as it was.
    expect(form.get('[role=alert]').text()).toBe('Too many tries. Try again in 54 seconds.')
    await vi.advanceTimersByTimeAsync(44_000)
    expect(form.text()).not.toContain('Try again')
  })
})
