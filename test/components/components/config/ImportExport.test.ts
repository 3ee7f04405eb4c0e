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
