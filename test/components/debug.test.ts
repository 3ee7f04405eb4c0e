/** What moves the debug view: selection, window, bodies, keys, the text of the filter. */
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  computed,
  defineComponent,
  effectScope,
  h,
  nextTick,
  ref,
  shallowRef,
  type Component,
  type Ref,
} from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { DebugRecord } from '../../src-shared/api.ts'
import { useBodies, type Bodies } from '../../src-renderer/composables/useBodies.ts'
import { useFilterText } from '../../src-renderer/composables/useFilterText.ts'
import { useKeys, type KeyActions } from '../../src-renderer/composables/useKeys.ts'
import { isolate } from '../../src-renderer/composables/useModal.ts'
import { useRecordList } from '../../src-renderer/composables/useRecordList.ts'
import { useSelection, type Selection } from '../../src-renderer/composables/useSelection.ts'
import { ROW_HEIGHT, useWindow } from '../../src-renderer/composables/useWindow.ts'
import { toRows } from '../../src-renderer/lib/rows.ts'
import { recordOf } from './support.ts'

let unmount: (() => void) | undefined

afterEach(() => {
  unmount?.()
  unmount = undefined
  vi.useRealTimers()
  vi.unstubAllGlobals()
  localStorage.clear()
  document.body.innerHTML = ''
})

const Nothing: Component = { render: () => null }

/** Runs a composable in a component under a router, at this address. */
async function inPage<T>(address: string, use: () => T): Promise<{ used: T; router: Router }> {
  const routes = ['/debug', '/config'].map((path) => ({ path, component: Nothing }))
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(address)
  let used: T | undefined
  const Page: Component = defineComponent({
    setup() {
      used = use()
      return () => h('div')
    },
  })
  const page = mount(Page, { global: { plugins: [router] }, attachTo: document.body })
  unmount = () => page.unmount()
  return { used: used ?? expect.unreachable(), router }
}

const INCOMING = recordOf({ id: 'a' })
const OUTGOING = recordOf({ id: 'b', type: 'outgoing', traceId: 'a', backend: 'gpu' })
const PING = recordOf({ id: 'c', url: '/ping' })

describe('the selection', () => {
  interface Used {
    selection: Selection
    records: Ref<readonly DebugRecord[]>
    done: string[]
  }

  function use(): Used {
    const records = shallowRef<readonly DebugRecord[]>([])
    const done: string[] = []
    const table = shallowRef({
      focus: () => done.push('focus list'),
      focusRow: (index: number) => Promise.resolve(void done.push(`focus ${index}`)),
      showRow: (index: number) => done.push(`show ${index}`),
    })
    const detail = shallowRef({ focus: () => done.push('focus detail') })
    const list = useRecordList(records, ref(''))
    return { selection: useSelection(records, list, { table, detail }), records, done }
  }

  it('by a link unfolds the trace and gives the row the focus', async () => {
    const { used } = await inPage('/debug#b', use)
    expect(used.selection.selected.value).toBeUndefined()
    used.records.value = [INCOMING, OUTGOING, PING]
    await nextTick()
    await nextTick()
    expect(used.selection.trace.value.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(used.selection.activeId.value).toBe('b')
    expect(used.done).toEqual(['focus 2'])
  })

  it('by hand gives the detail the focus, and from one to the next leaves no trail', async () => {
    const { used, router } = await inPage('/debug?q=x', use)
    used.records.value = [INCOMING, PING]
    const push = vi.spyOn(router, 'push')
    await used.selection.open('a')
    await vi.waitFor(() => expect(used.done).toEqual(expect.arrayContaining(['focus detail', 'show 1'])))
    expect(router.currentRoute.value.fullPath).toBe('/debug?q=x#a')
    used.selection.step(-1)
    await vi.waitFor(() => expect(router.currentRoute.value.hash).toBe('#c'))
    expect(push).toHaveBeenCalledTimes(1)
    used.selection.step(-1)
    expect(used.selection.activeId.value).toBe('c')
    await used.selection.close()
    expect(router.currentRoute.value.fullPath).toBe('/debug?q=x')
    expect(push).toHaveBeenCalledTimes(1)
    expect(used.done.at(-1)).toBe('focus 0')
  })

  it('of what is gone leaves the focus to the list', async () => {
    const { used } = await inPage('/debug#nowhere', use)
    used.records.value = [PING]
    await used.selection.close()
    expect(used.done).toEqual(['focus list'])
    used.selection.step(1)
    used.selection.openActive()
    await vi.waitFor(() => expect(used.selection.selectedId.value).toBe('c'))
  })
})

describe('the text of the filter', () => {
  it('comes from the address before what is remembered, and goes there', async () => {
    localStorage.setItem('debug-filter', 'remembered')
    vi.useFakeTimers()
    const { used: text, router } = await inPage('/debug?q=linked#a', useFilterText)
    expect(text.value).toBe('linked')
    text.value = 'typed'
    await nextTick()
    expect(router.currentRoute.value.query['q']).toBe('linked')
    await vi.advanceTimersByTimeAsync(300)
    expect(router.currentRoute.value.fullPath).toBe('/debug?q=typed#a')
    expect(localStorage.getItem('debug-filter')).toBe('typed')
    // Typed in another tab.
    window.dispatchEvent(new StorageEvent('storage', { key: 'debug-filter', newValue: 'theirs' }))
    await nextTick()
    expect(text.value).toBe('typed')
    await router.push('/debug?q=followed')
    expect(text.value).toBe('followed')
    await router.push('/config')
    expect(text.value).toBe('followed')
  })

  it('is remembered for an address without one', async () => {
    localStorage.setItem('debug-filter', 'remembered')
    const { used: text, router } = await inPage('/debug', useFilterText)
    expect(text.value).toBe('remembered')
    await vi.waitFor(() => expect(router.currentRoute.value.query['q']).toBe('remembered'))
  })
})

describe('the window', () => {
  it('holds the rows in view and the height of the others', async () => {
    const records = Array.from({ length: 500 }, (_, at) => recordOf({ id: `r${at}` }))
    const { rows } = toRows({ records, matches: () => true, open: new Set(), newestFirst: false })
    const element = document.createElement('div')
    Object.defineProperties(element, {
      clientHeight: { value: 360 },
      clientWidth: { value: 500 },
      scrollHeight: { value: 500 * ROW_HEIGHT },
    })
    element.scrollTo = ((options: ScrollToOptions) => {
      element.scrollTop = options.top ?? 0
      element.dispatchEvent(new Event('scroll'))
    }) as typeof element.scrollTo
    const shown = shallowRef(rows)
    const { used } = await inPage('/debug', () =>
      useWindow(
        () => shown.value,
        computed(() => element),
      ),
    )
    await nextTick()
    const height = (): number => used.before.value + used.after.value + used.visible.value.length * ROW_HEIGHT
    expect(used.before.value).toBe(0)
    expect(used.visible.value.length).toBeGreaterThan(9)
    expect(used.visible.value.length).toBeLessThan(40)
    expect(height()).toBe(500 * ROW_HEIGHT)
    used.scrollTo(400)
    await vi.waitFor(() => expect(used.visible.value.map(({ index }) => index)).toContain(400))
    expect(used.visible.value.map(({ row }) => row.record.id)).toContain('r400')
    expect(height()).toBe(500 * ROW_HEIGHT)
    shown.value = rows.slice(0, 3)
    await nextTick()
    expect(used.visible.value.every(({ index }) => index < 3)).toBe(true)
  })
})

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
    const scope = effectScope()
    const of = shallowRef(first)
    const bodies = scope.run(() => useBodies(() => of.value)) ?? expect.unreachable()
    unmount = () => scope.stop()
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

describe('the keys', () => {
  it('work on the list, and not where they mean something else', async () => {
    const done: string[] = []
    const actions: KeyActions = {
      step: (by) => done.push(`step ${by}`),
      enter: () => done.push('enter'),
      escape: () => done.push('escape'),
      filter: () => done.push('filter'),
    }
    await inPage('/debug', () => {
      useKeys(actions)
      return done
    })
    document.body.innerHTML += '<input><button></button><aside><p tabindex="-1"></p></aside>'
    const press = (key: string, selector = 'body', more: KeyboardEventInit = {}): string[] => {
      done.length = 0
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
      document.querySelector(selector)?.dispatchEvent(event)
      return [...done, ...(event.defaultPrevented ? [] : ['left alone'])]
    }
    expect(press('ArrowDown')).toEqual(['step 1'])
    expect(press('ArrowUp')).toEqual(['step -1'])
    expect(press('Enter')).toEqual(['enter'])
    expect(press('Escape')).toEqual(['escape'])
    expect(press('/')).toEqual(['filter'])
    expect(press('x')).toEqual(['left alone'])
    expect(press('ArrowDown', 'body', { ctrlKey: true })).toEqual(['left alone'])
    expect(press('/', 'input')).toEqual(['left alone'])
    expect(press('Enter', 'button')).toEqual(['left alone'])
    expect(press('ArrowDown', 'aside p')).toEqual(['left alone'])
    expect(press('Escape', 'aside p')).toEqual(['escape'])
  })
})

describe('what covers the page', () => {
  it('makes all else inert but what speaks, and gives it back', () => {
    document.body.innerHTML =
      '<header></header><div aria-live="polite"></div><main><nav></nav><aside></aside><p inert></p></main>'
    const find = (selector: string): Element => document.querySelector(selector) ?? expect.unreachable()
    const undo = isolate(find('aside') as HTMLElement)
    const inert = (): string[] => [...document.querySelectorAll('[inert]')].map(({ tagName }) => tagName)
    expect(inert()).toEqual(['HEADER', 'NAV', 'P'])
    undo()
    expect(inert()).toEqual(['P'])
  })
})
