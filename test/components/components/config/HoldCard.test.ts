import { describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import HoldCard from '../../../../src-renderer/components/config/HoldCard.vue'
import { answer, json, ONE } from '../../support/api.ts'
import { mountIn, useCleanPage } from '../../support/page.ts'

useCleanPage()

describe('the wait for a backend to come back', () => {
  it('is shown, counts as a change and is posted', async () => {
    const { wrapper, draft } = mountIn(HoldCard)
    const input = wrapper.get('input')
    expect(input.element.value).toBe('')
    expect(input.attributes('placeholder')).toBe('10')
    await input.setValue('30')
    expect(draft.changes.value).toEqual(['Wait for a backend to come back'])
    const fetched = answer(() => json({ ...ONE, hold: { graceSeconds: 30 } }, { headers: { etag: '"r2"' } }))
    expect(await draft.save()).toBe(true)
    const [, init] = fetched.mock.calls[0] as [string, { body: string }]
    expect(JSON.parse(init.body)).toMatchObject({ hold: { graceSeconds: 30 } })
    await nextTick()
    expect(input.element.value).toBe('30')
    await input.setValue('')
    expect(draft.changes.value).toEqual(['Wait for a backend to come back'])
    expect(draft.config.value?.hold).toEqual({})
  })

  it('says which values can be set', async () => {
    const { wrapper, draft } = mountIn(HoldCard)
    await wrapper.get('input').setValue('61')
    await wrapper.get('input').trigger('blur')
    expect(wrapper.text()).toContain('must be a whole number from 0 to 60 (seconds)')
    expect(await draft.save()).toBe(false)
  })
})
