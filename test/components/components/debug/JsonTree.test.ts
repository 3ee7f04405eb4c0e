import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { describe, expect, it } from 'vitest'
import JsonTree from '../../../../src-renderer/components/debug/JsonTree.vue'

describe('a tree', () => {
  it('shows markup as text and long lists page by page', async () => {
    const value = {
      '<b>': '<img src=x onerror=alert(1)>',
      many: Array.from({ length: 120 }, (_, at) => ({ at })),
    }
    const tree = mount(JsonTree, { props: { value, depth: 0 } })
    expect(tree.find('img').exists()).toBe(false)
    expect(tree.text()).toContain('<img src=x onerror=alert(1)>')
    expect(tree.get('button').text()).toBe('Show more (70 left)')
    await tree.get('button').trigger('click')
    expect(tree.get('button').text()).toBe('Show more (20 left)')
  })

  it('keeps the focus when the button goes with the last page', async () => {
    const value = Array.from({ length: 60 }, (_, at) => ({ at }))
    const tree = mount(JsonTree, { props: { value, depth: 0 }, attachTo: document.body })
    tree.get('button').element.focus()
    await tree.get('button').trigger('click')
    await nextTick()
    expect(tree.find('button').exists()).toBe(false)
    expect(document.activeElement).toBe(tree.get('summary').element)
    tree.unmount()
  })
})
