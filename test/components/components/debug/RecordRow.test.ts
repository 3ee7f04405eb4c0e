import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import RecordRow from '../../../../src-renderer/components/debug/RecordRow.vue'
import { recordOf } from '../../support/records.ts'

describe('the marks in a row', () => {
  it('are elements, never markup', () => {
    const record = recordOf({ id: 'x', url: '/<b>bold</b>' })
    const row = { record, isChild: false, children: 0, isOpen: false, backends: [] }
    const props = { row, index: 0, height: 36, isSelected: false, isActive: false, words: ['<b>'] }
    const shown = mount(RecordRow, { props })
    expect(shown.find('b').exists()).toBe(false)
    expect(shown.get('mark').text()).toBe('<b>')
    expect(shown.get('.target').text()).toBe('/<b>bold</b>')
  })
})
