import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import PoolPicker from '../../../../src-renderer/components/config/PoolPicker.vue'
import { draftBackend } from '../../../../src-renderer/lib/draft.ts'

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
