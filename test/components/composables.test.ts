import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, shallowRef, type EffectScope } from 'vue'
import type { DebugRecord, DebugUsage, Events } from '../../src-shared/api.ts'
import { EMPTY_CONFIG, type Config } from '../../src-shared/config/schema.ts'
import { ApiFailure, call, loginRequired } from '../../src-renderer/api/client.ts'
import { createConfigDraft } from '../../src-renderer/composables/useConfigDraft.ts'
import { copyText } from '../../src-renderer/composables/useCopy.ts'
import { newerThan } from '../../src-renderer/composables/useFollow.ts'
import { createLive, LOST_AFTER, POLL_MS, type Live } from '../../src-renderer/composables/useLive.ts'
import { useRecordList } from '../../src-renderer/composables/useRecordList.ts'
import { createSession } from '../../src-renderer/composables/useSession.ts'
import { useRecords } from '../../src-renderer/composables/useRecords.ts'
import { answeringBackends } from '../../src-renderer/lib/answering.ts'
import { addBackend } from '../../src-renderer/lib/edits.ts'
import { hasHaystack } from '../../src-renderer/lib/haystack.ts'
import { toRows } from '../../src-renderer/lib/rows.ts'
import { recordOf } from './support.ts'

type Answer = (path: string, init?: RequestInit) => Response | Promise<Response>

let scope: EffectScope

beforeEach(() => {
  scope = effectScope()
  vi.useFakeTimers()
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  loginRequired.value = false
  localStorage.clear()
})

const json = (body: unknown, init: ResponseInit = {}): Response => Response.json(body, init)

function answer(how: Answer): ReturnType<typeof vi.fn> {
  const fetched = vi.fn((path: string, init?: RequestInit) => Promise.resolve(how(path, init)))
  vi.stubGlobal('fetch', fetched)
  return fetched
}

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

const ONE: Config = {
  ...EMPTY_CONFIG,
  defaultBackend: 'gpu',
  backends: [{ name: 'gpu', url: 'http://gpu:3003' }],
}

describe('the draft of the configuration', () => {
  function start(config: Config = ONE): {
    live: ReturnType<typeof shallowRef<Events['config'] | undefined>>
    draft: ReturnType<typeof createConfigDraft>
  } {
    const live = shallowRef<Events['config'] | undefined>({ revision: 'r1', config })
    const draft = scope.run(() => createConfigDraft({ config: live }))
    if (draft === undefined) throw new Error('no draft')
    return { live, draft }
  }

  const rename = ({ draft }: ReturnType<typeof createConfigDraft>, name: string): void => {
    const [backend] = draft.value?.backends ?? []
    if (backend !== undefined) backend.name = name
  }

  it('is changed when it is different, not when it was touched', () => {
    const { draft } = start()
    expect(draft.isDirty.value).toBe(false)
    rename(draft, 'other')
    expect(draft.isDirty.value).toBe(true)
    rename(draft, 'gpu')
    expect(draft.isDirty.value).toBe(false)
  })

  it('is saved with its revision, and starts anew from what the server holds', async () => {
    const { draft } = start()
    rename(draft, 'other')
    const saved = { ...ONE, defaultBackend: 'other', backends: [{ name: 'other', url: 'http://gpu:3003' }] }
    const fetched = answer((_path, init) =>
      init?.method === 'POST'
        ? json({}, { headers: { etag: '"r2"' } })
        : json(saved, { headers: { etag: '"r2"' } }),
    )
    expect(await draft.save()).toBe(true)
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({ headers: { 'if-match': '"r1"' } })
    expect(draft.base.value).toEqual({ revision: 'r2', config: saved })
    expect(draft.isDirty.value).toBe(false)
    expect(draft.outcome.value).toContain('Saved')
  })

  it('is not sent while the browser finds something wrong', async () => {
    const { draft } = start()
    if (draft.draft.value !== undefined) addBackend(draft.draft.value, { url: 'nowhere' })
    const fetched = answer(() => json({}))
    expect(await draft.save()).toBe(false)
    expect(fetched).not.toHaveBeenCalled()
    expect([...draft.problems.value.keys()]).toEqual(['backends[1].name', 'backends[1].url'])
  })

  it('keeps the server’s judgement until it is changed', async () => {
    const { draft } = start()
    rename(draft, 'other')
    const problems = [{ path: ['backends', 0, 'name'], message: 'is not liked' }]
    answer(() => json({ error: 'Not saved', problems }, { status: 400 }))
    await draft.save()
    expect(draft.error.value).toBe('Not saved')
    expect(draft.problems.value.get('backends[0].name')).toBe('is not liked')
    rename(draft, 'another')
    expect(draft.error.value).toBe('')
    expect(draft.problems.value.size).toBe(0)
  })

  it('takes a new revision of the same configuration in silence', async () => {
    const { live, draft } = start()
    rename(draft, 'mine')
    live.value = { revision: 'after a restart', config: ONE }
    await nextTick()
    expect(draft.base.value?.revision).toBe('after a restart')
    expect(draft.theirs.value).toBeUndefined()
    expect(draft.isDirty.value).toBe(true)
  })

  it('tells of somebody else’s save, and goes on with either', async () => {
    const theirs = { ...ONE, taskRouting: { ocr: 'gpu' } }
    const { live, draft } = start()
    live.value = { revision: 'r2', config: theirs }
    await nextTick()
    expect(draft.outcome.value).toContain('changed elsewhere')
    rename(draft, 'mine')
    live.value = { revision: 'r3', config: ONE }
    await nextTick()
    expect(draft.theirs.value?.revision).toBe('r3')
    draft.keepMine()
    expect(draft.base.value?.revision).toBe('r3')
    expect(draft.config.value?.backends[0]?.name).toBe('mine')
    draft.discard()
    expect(draft.isDirty.value).toBe(false)
  })

  it('asks what was saved meanwhile when its save came too late', async () => {
    const { draft } = start()
    rename(draft, 'mine')
    answer((_path, init) =>
      init?.method === 'POST'
        ? json({ error: 'changed' }, { status: 412 })
        : json({ ...ONE, extra: 1 }, { headers: { etag: '"r9"' } }),
    )
    expect(await draft.save()).toBe(false)
    expect(draft.theirs.value?.revision).toBe('r9')
  })
})

const USAGE: DebugUsage = {
  enabled: true,
  maxRecords: 3,
  recordCount: 2,
  incoming: 2,
  outgoing: 0,
  errors: 0,
  keptBytes: 0,
  keptBytesLimit: 1,
}

describe('the records', () => {
  it('are the server’s list, followed live and trimmed', async () => {
    let tell: (record: DebugRecord) => void = () => undefined
    const debug = shallowRef<DebugUsage | undefined>(USAGE)
    const live = {
      debug,
      gaps: ref(0),
      isOpen: ref(true),
      onRecord: (listener: typeof tell) => {
        tell = listener
        return () => undefined
      },
    } as unknown as Live
    const list = [recordOf({ id: 'a' }), recordOf({ id: 'b', pending: true })]
    const fetched = answer(() => json(list))
    const { records, loaded } = scope.run(() => useRecords(live)) ?? expect.unreachable()
    await vi.advanceTimersByTimeAsync(10)
    expect(loaded.value).toBe(true)
    tell(recordOf({ id: 'b', durationMs: 7 }))
    tell(recordOf({ id: 'c' }))
    tell(recordOf({ id: 'd' }))
    await vi.advanceTimersByTimeAsync(60)
    expect(records.value.map(({ id }) => id)).toEqual(['b', 'c', 'd'])
    expect(records.value[0]?.durationMs).toBe(7)
    debug.value = { ...USAGE, recordCount: 0 }
    await nextTick()
    expect(records.value).toEqual([])
    // A number that is not ours after a while means that something was missed.
    debug.value = { ...USAGE, recordCount: 2 }
    await vi.advanceTimersByTimeAsync(500)
    expect(fetched).toHaveBeenCalledTimes(2)
    expect(records.value).toHaveLength(2)
  })

  it('can be held still, filtered and turned around', async () => {
    const records = shallowRef([recordOf({ id: 'a' }), recordOf({ id: 'b', url: '/ping' })])
    const text = ref('')
    const list = scope.run(() => useRecordList(records, text)) ?? expect.unreachable()
    const shown = (): string[] => list.rows.value.map(({ record }) => record.id)
    expect(shown()).toEqual(['b', 'a'])
    list.setPaused(true)
    records.value = [...records.value, recordOf({ id: 'c' })]
    expect(shown()).toEqual(['b', 'a'])
    list.setPaused(false)
    list.newestFirst.value = false
    expect(shown()).toEqual(['a', 'b', 'c'])
    text.value = '/p'
    await nextTick()
    text.value = '/ping'
    await nextTick()
    // What is typed is on the screen before the list is searched.
    expect(shown()).toEqual(['a', 'b', 'c'])
    await vi.advanceTimersByTimeAsync(20)
    expect(shown()).toEqual(['b'])
  })

  it('are made ready to be searched before a key is pressed', async () => {
    const list = Array.from({ length: 50 }, (_, at) => recordOf({ id: `r${at}` }))
    const live = {
      debug: shallowRef<DebugUsage | undefined>({ ...USAGE, maxRecords: 100, recordCount: 50 }),
      gaps: ref(0),
      isOpen: ref(true),
      onRecord: () => () => undefined,
    } as unknown as Live
    answer(() => json(list))
    const { records } = scope.run(() => useRecords(live)) ?? expect.unreachable()
    await vi.advanceTimersByTimeAsync(500)
    expect(records.value).toHaveLength(50)
    expect(records.value.every(hasHaystack)).toBe(true)
  })

  it('are given the backends that answered them, replays and failed attempts aside', () => {
    const at = (ms: number): string => new Date(1_000_000 + ms).toISOString()
    const sent = (id: string, more: Partial<DebugRecord> & { status?: number }): DebugRecord =>
      recordOf({ id, type: 'outgoing', traceId: 'in', timestamp: at(1), ...more })
    const incoming = recordOf({ id: 'in', timestamp: at(0), durationMs: 50, status: 200 })
    const failed = sent('f', { backend: 'old', status: 503, error: 'answered 503' })
    const good = sent('g', { backend: 'gpu' })
    const other = sent('o', { backend: 'nas', timestamp: at(20) })
    const replayed = sent('r', { backend: 'late', timestamp: at(900) })
    const running = sent('p', { backend: 'soon', status: 0, pending: true })
    const of = (...records: DebugRecord[]): unknown => answeringBackends(records).get('in')
    expect(of(incoming, failed, good, other, replayed, running)).toEqual(['gpu', 'nas'])
    expect(of(incoming, failed)).toBeUndefined()
    const busy = { ...incoming, response: { ...incoming.response, statusCode: 503 } }
    expect(of(busy, failed)).toEqual(['old'])
    expect(of(good)).toBeUndefined()
    const list = scope.run(() => useRecordList(shallowRef([incoming, good]), ref('backend:gpu')))
    expect(list?.rows.value.map(({ record, backends }) => [record.id, backends])).toEqual([['in', ['gpu']]])
  })

  it('newer than the last one seen are counted in both orders', () => {
    const records = ['a', 'b', 'c'].map((id) => recordOf({ id }))
    const rows = (newestFirst: boolean): ReturnType<typeof toRows>['rows'] =>
      toRows({ records, matches: () => true, open: new Set(), newestFirst }).rows
    expect(newerThan(rows(true), 'a', true)).toBe(2)
    expect(newerThan(rows(false), 'b', false)).toBe(1)
    expect(newerThan(rows(false), 'gone', false)).toBe(0)
  })
})

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

describe('copying', () => {
  it('falls back to the document where there is no clipboard', async () => {
    vi.stubGlobal('navigator', { clipboard: undefined })
    const copied: string[] = []
    const execCommand = (): boolean => copied.push(document.querySelector('textarea')?.value ?? '') > 0
    Object.defineProperty(document, 'execCommand', { value: execCommand, configurable: true })
    expect(await copyText('http://proxy')).toBe(true)
    expect(copied).toEqual(['http://proxy'])
    expect(document.querySelector('textarea')).toBeNull()
  })
})
