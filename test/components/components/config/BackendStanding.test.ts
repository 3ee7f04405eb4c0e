import { mount, type DOMWrapper, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import BackendStanding from '../../../../src-renderer/components/config/BackendStanding.vue'
import type { BackendState } from '../../../../src-shared/api.ts'
import { answer, json, STATE } from '../../support/api.ts'
import { useCleanPage } from '../../support/page.ts'

useCleanPage()
afterEach(() => vi.restoreAllMocks())

let wrapper: VueWrapper
afterEach(() => wrapper.unmount())

function show(more: Partial<BackendState> = {}): void {
  wrapper = mount(BackendStanding, {
    props: { name: 'a/b', state: { ...STATE, ...more } },
    attachTo: document.body,
  })
}

const button = (label: string): DOMWrapper<HTMLButtonElement> =>
  wrapper.findAll('button').find((one) => one.text() === label) ?? expect.unreachable(label)
const press = (label: string): Promise<void> => button(label).trigger('click')
const labels = (): string[] => wrapper.findAll('button').map((one) => one.text())

describe('pauses', () => {
  it('are offered with three ends, and told to the proxy', async () => {
    const fetched = answer(() => json({}))
    show()
    expect(labels()).toEqual(['Pause'])
    await press('Pause')
    expect(labels()).toEqual(['Pause', 'For 1 hour', 'Until 6:00', 'Until I resume'])
    const before = Date.now()
    await press('For 1 hour')
    const [path, init] = fetched.mock.calls[0] as [string, RequestInit]
    expect(path).toBe('/api/backends/a%2Fb/pause')
    const { until } = JSON.parse(init.body as string) as { until: string }
    expect(Date.parse(until)).toBeGreaterThanOrEqual(before + 60 * 60_000)
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Pause').element))
  })

  it('are told with their reason, and ended', async () => {
    const fetched = answer(() => json({}))
    show({ pause: { by: 'rule', until: null, reason: 'game running' } })
    expect(wrapper.text()).toContain('Paused (game running)')
    expect(labels()).toEqual(['Resume', 'Pause'])
    button('Resume').element.focus()
    await press('Resume')
    expect(fetched).toHaveBeenCalledWith('/api/backends/a%2Fb/resume', expect.anything())
    await wrapper.setProps({ state: STATE })
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Pause').element))
  })

  it('are not lost while something else is under way', async () => {
    const waiting: (() => void)[] = []
    const fetched = answer(() => new Promise<Response>((resolve) => waiting.push(() => resolve(json({})))))
    show({ pause: { by: 'hand', until: null, reason: '' } })
    await press('Resume')
    await press('Change')
    await press('For 1 hour')
    expect(fetched).toHaveBeenCalledOnce()
    expect(labels()).toContain('For 1 hour')
    waiting[0]?.()
    await vi.waitFor(() => expect(button('For 1 hour').attributes('aria-disabled')).toBe('false'))
    await press('For 1 hour')
    expect(fetched).toHaveBeenCalledTimes(2)
  })

  it('say why they failed', async () => {
    answer(() => json({ error: 'There is no backend "a/b"; check its name' }, { status: 404 }))
    show()
    await press('Pause')
    await press('Until I resume')
    await vi.waitFor(() => expect(wrapper.text()).toContain('There is no backend'))
  })
})

describe('the container', () => {
  it('is started and stopped', async () => {
    const fetched = answer(() => json({}))
    const image = 'ghcr.io/immich-app/immich-machine-learning:release-cuda'
    show({ container: { state: 'stopped', image, problem: '' } })
    expect(wrapper.text()).toContain('Container: stopped; a request starts it · release-cuda')
    button('Start').element.focus()
    await press('Start')
    await wrapper.setProps({ state: { ...STATE, container: { state: 'healthy', image, problem: '' } } })
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Stop').element))
    await press('Stop')
    expect(fetched.mock.calls.map(([path]) => path as string)).toEqual([
      '/api/backends/a%2Fb/start',
      '/api/backends/a%2Fb/stop',
    ])
  })

  it('says what is wrong, and so do the rules', () => {
    show({
      container: { state: 'stopped', image: '', problem: 'start Docker Desktop' },
      courtesyProblems: ['cannot look for games here: Steam was not found'],
    })
    expect(wrapper.text()).toContain('start Docker Desktop')
    expect(wrapper.text()).toContain('cannot look for games here')
  })
})
