import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import {
  createLive,
  LOST_AFTER,
  POLL_MS,
  RETRY_MS,
  SILENT_MS,
} from '../../../src-renderer/composables/useLive.ts'
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

  it('is lost within two seconds after the proxy was stopped', async () => {
    vi.stubGlobal('EventSource', FakeStream)
    let isUp = true
    answer(() => {
      if (!isUp) throw new TypeError('network')
      return json({ passwordSet: false, authenticated: true })
    })
    const live = scope.run(() => createLive(createSession())) ?? expect.unreachable()
    await vi.advanceTimersByTimeAsync(0)
    stream().dispatchEvent(new Event('open'))
    isUp = false
    stream().dispatchEvent(new Event('error'))
    await vi.advanceTimersByTimeAsync(RETRY_MS)
    // It may only have been restarted.
    expect(live.connection.value).toBe('polling')
    await vi.advanceTimersByTimeAsync(2_000 - RETRY_MS)
    expect(live.connection.value).toBe('lost')
    const asked = vi.mocked(fetch).mock.calls.length
    await vi.advanceTimersByTimeAsync(POLL_MS)
    // From then on it is asked every few seconds.
    expect(vi.mocked(fetch).mock.calls.length - asked).toBeLessThanOrEqual(2)
  })

  it('is lost where nothing comes any more, though the connection is open', async () => {
    vi.stubGlobal('EventSource', FakeStream)
    let isHung = false
    answer(() => {
      if (isHung) return new Promise<Response>(() => undefined)
      return json({ passwordSet: false, authenticated: true })
    })
    const live = scope.run(() => createLive(createSession())) ?? expect.unreachable()
    await vi.advanceTimersByTimeAsync(0)
    const first = stream()
    first.dispatchEvent(new Event('open'))
    for (let beat = 0; beat < 5; beat++) {
      await vi.advanceTimersByTimeAsync(SILENT_MS - 1)
      first.tell('alive', {})
    }
    expect([live.connection.value, first.closed]).toEqual(['live', false])
    isHung = true
    await vi.advanceTimersByTimeAsync(SILENT_MS)
    expect(first.closed).toBe(true)
    await vi.advanceTimersByTimeAsync(POLL_MS * 2)
    expect(live.connection.value).toBe('lost')
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
