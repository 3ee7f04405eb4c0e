import { describe, expect, it, vi } from 'vitest'
import { ApiFailure, call, loginRequired } from '../../../src-renderer/api/client.ts'
import { answer, json } from '../support/api.ts'
import { useCleanPage } from '../support/page.ts'

useCleanPage()

describe('a call', () => {
  it('fails with the sentence and the problems of the server', async () => {
    answer(() => json({ error: 'Not saved', problems: [{ path: ['a'], message: 'x' }] }, { status: 400 }))
    const failure = await call('/x').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ApiFailure)
    expect(failure).toMatchObject({ status: 400, message: 'Not saved', problems: [{ message: 'x' }] })
  })

  it('notes that a login is wanted', async () => {
    answer(() => new Response('no', { status: 401 }))
    await expect(call('/x')).rejects.toThrow('The proxy answered 401')
    expect(loginRequired.value).toBe(true)
  })

  it('says that nobody answers', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    await expect(call('/x')).rejects.toMatchObject({
      status: 0,
      message: expect.stringContaining('does not answer') as string,
    })
  })
})
