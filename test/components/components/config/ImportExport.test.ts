import { expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import ImportExport from '../../../../src-renderer/components/config/ImportExport.vue'
import { ONE } from '../../support/api.ts'
import { mountIn, rename, useCleanPage } from '../../support/page.ts'

useCleanPage({ fakeTimers: true })

it('an import that changes nothing says so; the note goes with the next change', async () => {
  const { wrapper, draft } = mountIn(ImportExport)
  const input = wrapper.get('input')
  const file = new File([JSON.stringify(ONE)], 'same.json')
  Object.defineProperty(input.element, 'files', { value: [file], configurable: true })
  await input.trigger('change')
  await vi.waitFor(() => expect(wrapper.text()).toContain('same.json holds what is in force already.'))
  rename(draft, 'other')
  await nextTick()
  expect(wrapper.text()).not.toContain('same.json')
})

it('neither imports nor exports before the configuration has been read', async () => {
  const { wrapper, live } = mountIn(ImportExport, null)
  const states = (): (string | undefined)[] =>
    wrapper.findAll('button').map((button) => button.attributes('aria-disabled'))
  const chosen = vi.spyOn(wrapper.get('input').element, 'click').mockReturnValue(undefined)
  expect(states()).toEqual(['true', 'true'])
  for (const button of wrapper.findAll('button')) await button.trigger('click')
  expect(chosen).not.toHaveBeenCalled()
  live.value = { revision: 'r1', config: ONE }
  await nextTick()
  expect(states()).toEqual(['false', 'false'])
  await wrapper.get('button').trigger('click')
  expect(chosen).toHaveBeenCalledOnce()
})
