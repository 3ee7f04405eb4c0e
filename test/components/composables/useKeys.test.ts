import { describe, expect, it } from 'vitest'
import { useKeys, type KeyActions } from '../../../src-renderer/composables/useKeys.ts'
import { inPage, useCleanPage } from '../support/page.ts'

useCleanPage()

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
    document.body.innerHTML += '<dialog open></dialog>'
    expect(press('Escape')).toEqual(['left alone'])
    expect(press('ArrowDown')).toEqual(['left alone'])
  })
})
