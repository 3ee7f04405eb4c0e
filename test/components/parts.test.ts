import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { describe, expect, it } from 'vitest'
import PoolPicker from '../../src-renderer/components/config/PoolPicker.vue'
import JsonTree from '../../src-renderer/components/debug/JsonTree.vue'
import HealthBar from '../../src-renderer/components/ui/HealthBar.vue'
import { draftBackend } from '../../src-renderer/lib/draft.ts'

describe('a pool', () => {
  const backends = ['gpu', 'nas'].map((name) => draftBackend({ name, url: `http://${name}` }))
  const ids = backends.map(({ id }) => id)

  it('is chosen with native lists, one and then another', async () => {
    const picker = mount(PoolPicker, {
      props: { backends, title: 'clip', empty: 'as the default', modelValue: [] as string[] },
    })
    await picker.get('select').setValue('nas')
    expect(picker.emitted('update:modelValue')?.at(-1)).toEqual([[ids[1]]])
    await picker.setProps({ modelValue: [ids[1] ?? ''] })
    await picker.get('[aria-label="In turn with, for clip"]').setValue('gpu')
    expect(picker.emitted('update:modelValue')?.at(-1)).toEqual([[ids[1], ids[0]]])
    await picker.setProps({ modelValue: [ids[1] ?? '', ids[0] ?? '', 'removed'] })
    await picker.get('button').trigger('click')
    expect(picker.emitted('update:modelValue')?.at(-1)).toEqual([[ids[1]]])
  })
})

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

describe('the bar of checks', () => {
  it('says what it shows', () => {
    const bar = mount(HealthBar, {
      props: { history: [{ at: 1, status: 'healthy', durationMs: 2, error: '' }] },
    })
    expect(bar.get('[role=img]').attributes('aria-label')).toBe('Last check: 1 good')
    expect(bar.findAll('rect.healthy')).toHaveLength(1)
  })
})
