import { describe, expect, it, vi } from 'vitest'
import { computed, nextTick, shallowRef } from 'vue'
import { useWindow } from '../../../src-renderer/composables/useWindow.ts'
import { toRows } from '../../../src-renderer/lib/rows.ts'
import { inPage, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

const ROW_HEIGHT = 36

useCleanPage()

describe('the window', () => {
  it('holds the rows in view and the height of the others', async () => {
    const records = Array.from({ length: 500 }, (_, at) => recordOf({ id: `r${at}` }))
    const { rows } = toRows({
      records,
      matches: () => true,
      open: new Set(),
      order: { column: 'time', isDescending: false },
      traces: new Map(),
    })
    const element = document.createElement('div')
    Object.defineProperties(element, {
      clientHeight: { value: 360 },
      clientWidth: { value: 500 },
      scrollHeight: { value: 500 * ROW_HEIGHT },
    })
    element.scrollTo = ((options: ScrollToOptions) => {
      element.scrollTop = options.top ?? 0
      element.dispatchEvent(new Event('scroll'))
    }) as typeof element.scrollTo
    const shown = shallowRef(rows)
    const { used } = await inPage('/debug', () =>
      useWindow(
        () => shown.value,
        computed(() => element),
        ROW_HEIGHT,
      ),
    )
    await nextTick()
    const height = (): number => used.before.value + used.after.value + used.visible.value.length * ROW_HEIGHT
    expect(used.before.value).toBe(0)
    expect(used.visible.value.length).toBeGreaterThan(9)
    expect(used.visible.value.length).toBeLessThan(40)
    expect(height()).toBe(500 * ROW_HEIGHT)
    used.scrollTo(400)
    await vi.waitFor(() => expect(used.visible.value.map(({ index }) => index)).toContain(400))
    expect(used.visible.value.map(({ row }) => row.record.id)).toContain('r400')
    expect(height()).toBe(500 * ROW_HEIGHT)
    shown.value = rows.slice(0, 3)
    await nextTick()
    expect(used.visible.value.every(({ index }) => index < 3)).toBe(true)
  })
})
