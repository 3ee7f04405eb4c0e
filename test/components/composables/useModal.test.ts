import { describe, expect, it } from 'vitest'
import { isolate } from '../../../src-renderer/composables/useModal.ts'
import { useCleanPage } from '../support/page.ts'

useCleanPage()

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
