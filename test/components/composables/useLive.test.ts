import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { createLive, LOST_AFTER, POLL_MS } from '../../../src-renderer/composables/useLive.ts'
import { createSession } from '../../../src-renderer/composables/useSession.ts'
import { answer, json } from '../support/api.ts'
import { scope, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

useCleanPage({ fakeTimers: true })

describe('the live state', () => {
  class FakeStream extends EventTarget {
    static readonly all: FakeStream[] = []
    closed = false

    constructor() {
      super()
      FakeStream.all.push(this)
    }

    close(): void {
      this.closed = true
    }

    tell(name: string, data: unknown): void {
      this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
    }
  }

  const stream = (): FakeStream => FakeStream.all.at(-1) ?? expect.unreachable()

  it('is told by the stream, asked for where it breaks, and lost after three silent answers', async () => {
    vi.stubGlobal('EventSource', FakeStream)
    let isUp = true
    answer((path) => {
      if (!isUp) throw new TypeError('network')
      if (path === '/api/auth/status') return json({ passwordSet: false, authenticated: true })
      return json(path === '/api/status' ? { overall: 'degraded' } : {}, { headers: { etag: '"r1"' } })
    })
    const live = scope.run(() => createLive(createSession())) ?? expect.unreachable()
    expect(live.connection.value).toBe('connecting')
    await vi.advanceTimersByTimeAsync(0)
    stream().dispatchEvent(new Event('open'))
    stream().tell('status', { overall: 'healthy' })
    expect(live.connection.value).toBe('live')
    expect(live.status.value?.overall).toBe('healthy')
    stream().dispatchEvent(new Event('error'))
    await vi.advanceTimersByTimeAsync(0)
    expect(live.connection.value).toBe('polling')
    expect(live.status.value?.overall).toBe('degraded')
    isUp = false
    stream().dispatchEvent(new Event('error'))
    await vi.advanceTimersByTimeAsync(POLL_MS * LOST_AFTER)
    expect(live.connection.value).toBe('lost')
    isUp = true
    await vi.advanceTimersByTimeAsync(POLL_MS)
    stream().dispatchEvent(new Event('open'))
    expect(live.connection.value).toBe('live')
    const heard: string[] = []
    live.onRecord(({ id }) => heard.push(id))
    stream().tell('record', recordOf({ id: 'x' }))
    expect(heard).toEqual(['x'])
  })

  it('gives its connection back while the page is hidden', async () => {
    vi.stubGlobal('EventSource', FakeStream)
    answer(() => json({ passwordSet: false, authenticated: true }))
    scope.run(() => createLive(createSession()))
    await vi.advanceTimersByTimeAsync(0)
    const first = stream()
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    document.dispatchEvent(new Event('visibilitychange'))
    await nextTick()
    expect(first.closed).toBe(true)
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible')
    document.dispatchEvent(new Event('visibilitychange'))
    await vi.advanceTimersByTimeAsync(0)
    expect(stream()).not.toBe(first)
    vi.restoreAllMocks()
  })
})
