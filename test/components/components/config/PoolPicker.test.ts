import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import PoolPicker from '../../../../src-renderer/components/config/PoolPicker.vue'
import { draftBackend } from '../../../../src-renderer/lib/draft.ts'

describe('a pool', () => {
  const backends = ['gpu', 'nas'].map((name) => draftBackend({ name, url: `http://${name}` }))
  const ids = backends.map(({ id }) => id)

  it('is chosen with native lists, one and then another', async () => {
    const picker = mount(PoolPicker, {
      props: {
        backends,
        title: 'clip',
        empty: 'as the default',
        modelValue: [] as string[],
        share: undefined,
      },
    })
    await picker.get('select').setValue('nas')
    expect(picker.emitted('update:modelValue')?.at(-1)).toEqual([[ids[1]]])
    await picker.setProps({ modelValue: [ids[1] ?? ''] })
    expect(picker.find('[aria-label="How they share clip"]').exists()).toBe(false)
    await picker.get('[aria-label="Another backend for clip"]').setValue('gpu')
    expect(picker.emitted('update:modelValue')?.at(-1)).toEqual([[ids[1], ids[0]]])
    expect(picker.emitted('update:share')?.at(-1)).toEqual(['by-speed'])
    await picker.setProps({ modelValue: [ids[1] ?? '', ids[0] ?? '', 'removed'] })
    const share = picker.get<HTMLSelectElement>('[aria-label="How they share clip"]')
    expect(share.element.value).toBe('by-speed')
    await picker.setProps({ share: 'round-robin' })
    expect(share.element.value).toBe('round-robin')
    await share.setValue('in-order')
    expect(picker.emitted('update:share')?.at(-1)).toEqual(['in-order'])
    await picker.get('button').trigger('click')
    expect(picker.emitted('update:modelValue')?.at(-1)).toEqual([[ids[1]]])
  })
})
