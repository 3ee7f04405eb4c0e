import { describe, expect, it, vi } from 'vitest'
import { nextTick, reactive } from 'vue'
import { useTest, verdictOf } from '../../../src-renderer/composables/useTest.ts'
import { draftBackend } from '../../../src-renderer/lib/draft.ts'
import { ONE } from '../support/api.ts'
import { useCleanPage } from '../support/page.ts'

useCleanPage({ fakeTimers: true })

describe('the test of a backend', () => {
  const answer = { ok: true, statusCode: 200, durationMs: 3, error: '', self: false }

  it('says what came back', () => {
    expect(verdictOf(answer)).toEqual({ ok: true, text: 'It answers: /ping 200 in 3 ms.' })
    const refused = { ...answer, ok: false, error: 'connection refused' }
    expect(verdictOf({ ...refused, statusCode: 0 }).text).toBe('It cannot be used: connection refused.')
    expect(verdictOf({ ...refused, statusCode: 502 }).text).toContain('(status 502, 3 ms)')
  })

  it('is asked with the values of the form, and holds for those alone', async () => {
    const fetched = vi.fn(() => Promise.resolve(Response.json(answer)))
    vi.stubGlobal('fetch', fetched)
    const backend = reactive(draftBackend())
    const { test, isTesting, verdict } = useTest(() => backend)
    backend.url = ' http://gpu:3003 '
    const asked = test()
    expect(isTesting.value).toBe(true)
    await asked
    const [, init] = fetched.mock.calls[0] as unknown as [string, { body: string }]
    // A backend without a name yet is tested as well.
    expect(JSON.parse(init.body)).toEqual({ url: 'http://gpu:3003' })
    expect([isTesting.value, verdict.value?.ok]).toEqual([false, true])
    backend.url = 'http://other:3003'
    expect(verdict.value).toBeUndefined()
    await nextTick()
    backend.url = ' http://gpu:3003 '
    expect(verdict.value).toBeUndefined()
  })

  it('is shown no longer once the backend is saved: from then on its checks tell', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json(answer)))
    const backend = reactive({ ...draftBackend(ONE.backends[0]) })
    const { test, verdict } = useTest(() => backend)
    await test()
    expect(verdict.value?.ok).toBe(true)
    backend.origin = { name: backend.name, url: backend.url }
    await nextTick()
    expect(verdict.value).toBeUndefined()
  })

  it('that failed says why, and can be repeated', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    const { test, isTesting, verdict } = useTest(() => draftBackend(ONE.backends[0]))
    await test()
    expect(verdict.value?.ok).toBe(false)
    expect(verdict.value?.text).toContain('does not answer')
    expect(isTesting.value).toBe(false)
  })
})
