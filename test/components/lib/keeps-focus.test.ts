import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineComponent, h, nextTick, ref, withDirectives, type VNode } from 'vue'
import { vKeepsFocus } from '../../../src-renderer/lib/keeps-focus.ts'
import { useCleanPage } from '../support/page.ts'

useCleanPage()

const shown = ref<readonly string[]>([])
const isThere = ref(true)
let wrapper: VueWrapper

const button = (name: string): VNode =>
  withDirectives(h('button', { id: name, key: name }, name), [[vKeepsFocus]])
/** Two groups with a text between them; a group without a button is removed. */
const Page = defineComponent(() => () => {
  const group = (names: readonly string[]): VNode | undefined =>
    names.length === 0 ? undefined : h('p', names.map(button))
  const named = (start: string): string[] => shown.value.filter((name) => name.startsWith(start))
  return isThere.value ? h('main', [group(named('a')), h('em', 'text'), group(named('b'))]) : undefined
})

async function show(...names: string[]): Promise<void> {
  shown.value = names
  await nextTick()
  // The focus moves once the page has been changed.
  await nextTick()
}

const focusOn = (name: string): void => document.getElementById(name)?.focus()

beforeEach(async () => {
  isThere.value = true
  wrapper = mount(Page, { attachTo: document.body })
  await show('a1', 'a2', 'a3', 'b1')
})
afterEach(() => wrapper.unmount())

describe('the focus of a control that is removed', () => {
  it.each([
    ['goes to the one that follows in its place', 'a2', ['a1', 'a3', 'b1'], 'a3'],
    ['goes to the one before where it was the last', 'a3', ['a1', 'a2', 'b1'], 'a2'],
    ['goes to the one that replaces it', 'a2', ['a1', 'a4', 'a3', 'b1'], 'a4'],
    ['goes on to what follows where its group goes with it', 'a1', ['b1', 'b2'], 'b1'],
    ['goes back where the last group goes with it', 'b1', ['a1', 'a2'], 'a1'],
  ])('%s', async (_title, focused, left, to) => {
    focusOn(focused)
    await show(...left)
    expect(document.activeElement?.id).toBe(to)
  })

  it('stays where something else took it', async () => {
    focusOn('a2')
    shown.value = ['a1', 'a3', 'b1']
    void nextTick(() => focusOn('b1'))
    await show('a1', 'a3', 'b1')
    expect(document.activeElement?.id).toBe('b1')
  })

  it('is not taken from elsewhere, nor from the page', async () => {
    focusOn('a1')
    await show('a1', 'b1')
    expect(document.activeElement?.id).toBe('a1')
    focusOn('a1')
    document.getElementById('a1')?.blur()
    await show('b1')
    expect(document.activeElement).toBe(document.body)
  })

  it('passes over what cannot be used', async () => {
    focusOn('a1')
    for (const [name, value] of [
      ['a2', 'disabled'],
      ['a3', 'hidden'],
    ] as const) {
      document.getElementById(name)?.setAttribute(value, '')
    }
    document.getElementById('b1')?.setAttribute('tabindex', '-1')
    await show('a2', 'a3', 'b1', 'b2')
    expect(document.activeElement?.id).toBe('b2')
  })

  it('ignores the key that is still held, and takes the next press', async () => {
    focusOn('a1')
    await show('a2', 'b1')
    const press = (repeat: boolean): boolean => {
      const event = new KeyboardEvent('keydown', { key: 'Enter', repeat, cancelable: true })
      return document.activeElement?.dispatchEvent(event) ?? expect.unreachable()
    }
    expect(press(true)).toBe(false)
    expect(press(true)).toBe(false)
    document.activeElement?.dispatchEvent(new KeyboardEvent('keyup', { key: 'Enter' }))
    expect(press(false)).toBe(true)
    expect(press(true)).toBe(true)
  })

  it('goes to nothing outside of the page that goes as a whole', async () => {
    document.body.append(document.createElement('button'))
    focusOn('a1')
    isThere.value = false
    await nextTick()
    await nextTick()
    expect(document.activeElement).toBe(document.body)
  })

  it('falls to the page where no control is left', async () => {
    focusOn('a1')
    await show()
    expect(document.activeElement).toBe(document.body)
  })
})
