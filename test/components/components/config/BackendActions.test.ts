import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import BackendActions from '../../../../src-renderer/components/config/BackendActions.vue'

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
