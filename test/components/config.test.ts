import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, reactive, ref, shallowRef, type Component } from 'vue'
import type { BackendState, Events, Status } from '../../src-shared/api.ts'
import { EMPTY_CONFIG, type Config } from '../../src-shared/config/schema.ts'
import BackendActions from '../../src-renderer/components/config/BackendActions.vue'
import ImportExport from '../../src-renderer/components/config/ImportExport.vue'
import SaveBar from '../../src-renderer/components/config/SaveBar.vue'
import HealthBar from '../../src-renderer/components/ui/HealthBar.vue'
import { provideConfigDraft, type ConfigDraft } from '../../src-renderer/composables/useConfigDraft.ts'
import type { Live } from '../../src-renderer/composables/useLive.ts'
import { useTest, verdictOf } from '../../src-renderer/composables/useTest.ts'
import { draftBackend, draftOf } from '../../src-renderer/lib/draft.ts'
import { figuresOf, lastErrorText } from '../../src-renderer/lib/figures.ts'
import { overruledText } from '../../src-renderer/lib/in-force.ts'
import { matrixRows } from '../../src-renderer/lib/matrix.ts'
import { overviewState } from '../../src-renderer/lib/overview.ts'

beforeEach(() => void vi.useFakeTimers())

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const CONFIG: Config = {
  ...EMPTY_CONFIG,
  defaultBackend: 'gpu',
  backends: [{ name: 'gpu', url: 'http://gpu:3003' }],
}

const STATE: BackendState = {
  status: 'healthy',
  lastCheck: 100,
  error: '',
  since: 94,
  history: [{ at: 100, status: 'healthy', durationMs: 3, error: '' }],
  requests: 2,
  failures: 1,
  lastError: { at: 40, text: 'answered 503' },
  p50Ms: 185,
  inFlight: 0,
  waiting: 0,
  benchedUntil: null,
  benched: [],
}

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

  it('that failed says why, and can be repeated', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    const { test, isTesting, verdict } = useTest(() => draftBackend(CONFIG.backends[0]))
    await test()
    expect(verdict.value?.ok).toBe(false)
    expect(verdict.value?.text).toContain('does not answer')
    expect(isTesting.value).toBe(false)
  })
})

interface Mounted {
  readonly wrapper: VueWrapper
  readonly draft: ConfigDraft
  readonly live: { value: Events['config'] | undefined }
}

/** A part of the page with a draft above it. */
function mountIn(part: Component, config = CONFIG): Mounted {
  const live = shallowRef<Events['config'] | undefined>({ revision: 'r1', config })
  let draft: ConfigDraft | undefined
  const page = defineComponent(() => {
    draft = provideConfigDraft({ config: live } as unknown as Live)
    return () => h(part)
  })
  const wrapper = mount(page, { attachTo: document.body })
  return { wrapper, draft: draft ?? expect.unreachable(), live }
}

const rename = ({ draft }: ConfigDraft, name: string): void => {
  const [backend] = draft.value?.backends ?? []
  if (backend !== undefined) backend.name = name
}

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
    wrapper.unmount()
  })

  it('asks to review what somebody else saved, and sends nothing', async () => {
    const fetched = vi.fn()
    vi.stubGlobal('fetch', fetched)
    const { wrapper, draft, live } = mountIn(SaveBar)
    const bar = wrapper.getComponent(SaveBar)
    rename(draft, 'mine')
    live.value = { revision: 'r2', config: { ...CONFIG, taskRouting: { ocr: 'gpu' } } }
    await nextTick()
    expect(wrapper.get('[role=status]').text()).toContain('review before saving')
    await button(wrapper, 'Save').trigger('click')
    await button(wrapper, 'Review').trigger('click')
    await nextTick()
    expect(bar.emitted('review')).toHaveLength(2)
    expect(fetched).not.toHaveBeenCalled()
    wrapper.unmount()
  })
})

it('an import that changes nothing says so; the note goes with the next change', async () => {
  const { wrapper, draft } = mountIn(ImportExport)
  const input = wrapper.get('input')
  const file = new File([JSON.stringify(CONFIG)], 'same.json')
  Object.defineProperty(input.element, 'files', { value: [file], configurable: true })
  await input.trigger('change')
  await vi.waitFor(() => expect(wrapper.text()).toContain('same.json holds what is in force already.'))
  rename(draft, 'other')
  await nextTick()
  expect(wrapper.text()).not.toContain('same.json')
  wrapper.unmount()
})

describe('the actions of a backend', () => {
  it('do not move it beyond the ends', async () => {
    const actions = mount(BackendActions, {
      props: { title: 'gpu', first: true, last: false, testing: true },
    })
    const [up, down, test] = actions.findAll('button')
    for (const one of [up, down, test]) await one?.trigger('click')
    expect(up?.attributes('aria-disabled')).toBe('true')
    expect(actions.emitted('move')).toEqual([[1]])
    expect(actions.emitted('test')).toBeUndefined()
  })
})

describe('the bar of checks', () => {
  it('is read check by check', async () => {
    const history = [
      { at: 1, status: 'unhealthy', durationMs: 2, error: 'connection refused' },
      { at: 2, status: 'healthy', durationMs: 3, error: '' },
    ] as const
    const bar = mount(HealthBar, { props: { history } })
    const slider = bar.get('input')
    expect(slider.attributes('aria-valuetext')).toMatch(/good: \/ping answered in 3 ms$/)
    await slider.trigger('focus')
    await slider.setValue(slider.attributes('min') ?? '')
    expect(slider.attributes('aria-valuetext')).toMatch(/failed: connection refused$/)
    expect(bar.get('.check').text()).toMatch(/failed: connection refused$/)
    // One that comes in does not change what is being read.
    const more = [...history, { at: 3, status: 'healthy', durationMs: 4, error: '' } as const]
    await bar.setProps({ history: structuredClone(more) })
    expect(slider.attributes('aria-valuetext')).toMatch(/failed: connection refused$/)
    expect(slider.attributes('min')).toBe('57')
    await slider.trigger('blur')
    expect(bar.find('.check').exists()).toBe(false)
    await bar.setProps({ history: [] })
    expect(bar.find('input').exists()).toBe(false)
  })
})

describe('the figures of a backend', () => {
  it('are told in words', () => {
    expect(figuresOf(STATE, 100)).toEqual([
      'Healthy for 6 s',
      'answers pings in 3 ms',
      '2 requests',
      '1 failure',
      'typical prediction 185 ms',
    ])
    expect(figuresOf({ ...STATE, lastCheck: 0 }, 100)).toEqual(['not checked yet'])
  })

  it('do not go on while the proxy is gone', () => {
    const running = { ...STATE, inFlight: 1, waiting: 2 }
    expect(figuresOf(running, 100, true)).toEqual(['2 requests', '1 failure', 'typical prediction 185 ms'])
    expect(lastErrorText(STATE, 500, true)).toBe('Last error: answered 503')
  })

  it('keep the last error of one that is well again', () => {
    expect(lastErrorText(STATE, 160)).toBe('Last error 2 min ago: answered 503')
    expect(lastErrorText({ ...STATE, lastError: null }, 160)).toBe('')
    expect(lastErrorText({ ...STATE, error: 'answered 503' }, 160)).toBe('')
  })
})

it('the whole names who is down, and knows nothing of a proxy that is gone', () => {
  const backends = { gpu: STATE, nas: { ...STATE, status: 'unhealthy' as const } }
  expect(overviewState('degraded', backends).text).toBe('nas is down; the others answer instead.')
  expect(overviewState('lost', backends).title).toBe('The proxy does not answer')
})

it('a setting that a flag overrules says what is in force', () => {
  const status = ref<Pick<Status, 'commandLine'>>({ commandLine: { port: 4310 } })
  expect(overruledText(status.value, 'port')).toMatch(/^In force: 4310, from the command line\. .*--port/)
  expect(overruledText(status.value, 'host')).toBeUndefined()
  expect(overruledText(undefined, 'port')).toBeUndefined()
})

it('the matrix has the known rows, and those that were typed', () => {
  const config: Config = { ...CONFIG, taskRouting: { search: 'gpu' }, modelTypeRouting: { extra: 'gpu' } }
  const rows = matrixRows(draftOf(config), config)
  expect(rows.map(({ title }) => title)).toEqual([
    'clip',
    'clip visual',
    'clip textual',
    'facial-recognition',
    'ocr',
    'search',
    'Type extra',
  ])
  expect(rows.filter(({ removable }) => removable).map(({ route }) => route.key)).toEqual(['search', 'extra'])
})
