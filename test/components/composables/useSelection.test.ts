import { describe, expect, it, vi } from 'vitest'
import { nextTick, ref, shallowRef, type Ref } from 'vue'
import type { DebugRecord } from '../../../src-shared/api.ts'
import { useRecordList } from '../../../src-renderer/composables/useRecordList.ts'
import { useSelection, type Selection } from '../../../src-renderer/composables/useSelection.ts'
import { inPage, useCleanPage } from '../support/page.ts'
import { recordOf } from '../support/records.ts'

useCleanPage()

const INCOMING = recordOf({ id: 'a' })
const OUTGOING = recordOf({ id: 'b', type: 'outgoing', traceId: 'a', backend: 'gpu' })
const PING = recordOf({ id: 'c', url: '/ping' })

describe('the selection', () => {
  interface Used {
    selection: Selection
    records: Ref<readonly DebugRecord[]>
    done: string[]
  }

  function use(): Used {
    const records = shallowRef<readonly DebugRecord[]>([])
    const done: string[] = []
    const table = shallowRef({
      focus: () => done.push('focus list'),
      focusRow: (index: number) => Promise.resolve(void done.push(`focus ${index}`)),
      showRow: (index: number) => done.push(`show ${index}`),
    })
    const detail = shallowRef({ focus: () => done.push('focus detail') })
    const list = useRecordList(records, ref(''))
    return { selection: useSelection(records, list, { table, detail }), records, done }
  }

  it('by a link unfolds the trace and gives the row the focus', async () => {
    const { used } = await inPage('/debug#b', use)
    expect(used.selection.selected.value).toBeUndefined()
    used.records.value = [INCOMING, OUTGOING, PING]
    await nextTick()
    await nextTick()
    expect(used.selection.trace.value.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(used.selection.activeId.value).toBe('b')
    expect(used.done).toEqual(['focus 2'])
  })

  it('by hand gives the detail the focus, and from one to the next leaves no trail', async () => {
    const { used, router } = await inPage('/debug?q=x', use)
    used.records.value = [INCOMING, PING]
    const push = vi.spyOn(router, 'push')
    await used.selection.open('a')
    await vi.waitFor(() => expect(used.done).toEqual(expect.arrayContaining(['focus detail', 'show 1'])))
    expect(router.currentRoute.value.fullPath).toBe('/debug?q=x#a')
    used.selection.step(-1)
    await vi.waitFor(() => expect(router.currentRoute.value.hash).toBe('#c'))
    expect(push).toHaveBeenCalledTimes(1)
    used.selection.step(-1)
    expect(used.selection.activeId.value).toBe('c')
    await used.selection.close()
    expect(router.currentRoute.value.fullPath).toBe('/debug?q=x')
    expect(push).toHaveBeenCalledTimes(1)
    expect(used.done.at(-1)).toBe('focus 0')
  })

  it('of what is gone leaves the focus to the list', async () => {
    const { used } = await inPage('/debug#nowhere', use)
    used.records.value = [PING]
    await used.selection.close()
    expect(used.done).toEqual(['focus list'])
    used.selection.step(1)
    used.selection.openActive()
    await vi.waitFor(() => expect(used.selection.selectedId.value).toBe('c'))
  })
})
