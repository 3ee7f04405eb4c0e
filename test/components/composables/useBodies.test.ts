import { describe, expect, it, vi } from 'vitest'
import { nextTick, shallowRef, type Ref } from 'vue'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { useBodies, type Bodies } from '../../../src-renderer/composables/useBodies.ts'
import { scope, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

useCleanPage()

describe('the bodies', () => {
  const body = {
    kind: 'multipart' as const,
    contentType: '',
    size: 9,
    preview: '',
    truncated: true,
    parts: [
      { name: 'entries', contentType: '', size: 400, preview: '{"cut' },
      { name: 'image', filename: 'blob', contentType: '', size: 9 },
    ],
  }
  const record = (id: string, isKept: boolean): DebugRecord => {
    const blank = recordOf({ id })
    const response = { ...blank.response, body: { ...blank.response.body, preview: `preview ${id}` } }
    return {
      ...blank,
      kept: { request: isKept, response: isKept },
      request: { ...blank.request, body },
      response,
    }
  }

  function start(
    first: DebugRecord,
    answer: (path: string) => Promise<Response>,
  ): [Ref<DebugRecord>, Bodies] {
    vi.stubGlobal('fetch', vi.fn(answer))
    const of = shallowRef(first)
    const bodies = scope.run(() => useBodies(() => of.value)) ?? expect.unreachable()
    return [of, bodies]
  }

  it('are fetched while they are kept, else what the record holds', async () => {
    const [of, bodies] = start(record('x', true), (path) => Promise.resolve(new Response(`whole ${path}`)))
    expect(bodies.isLoading.value).toBe(true)
    await vi.waitFor(() => expect(bodies.isLoading.value).toBe(false))
    expect(bodies.texts.value).toEqual(['whole /api/debug/records/x/parts/0', undefined])
    expect(bodies.answer.value).toBe('whole /api/debug/records/x/response')
    of.value = record('y', false)
    await vi.waitFor(() => expect(bodies.answer.value).toBe('preview y'))
    expect(bodies.texts.value).toEqual(['{"cut', undefined])
  })

  it('of the last record count, whichever comes last; errors are told', async () => {
    const late: (() => void)[] = []
    const [of, bodies] = start(record('slow', true), (path) => {
      if (path.includes('bad')) return Promise.resolve(Response.json({ error: 'Not kept' }, { status: 404 }))
      return new Promise((resolve) => late.push(() => resolve(new Response('slow'))))
    })
    of.value = record('y', false)
    await vi.waitFor(() => expect(bodies.answer.value).toBe('preview y'))
    for (const answer of late) answer()
    await nextTick()
    expect(bodies.answer.value).toBe('preview y')
    of.value = record('bad', true)
    await vi.waitFor(() => expect(bodies.error.value).toBe('Not kept'))
    expect(bodies.answer.value).toBeUndefined()
  })
})
