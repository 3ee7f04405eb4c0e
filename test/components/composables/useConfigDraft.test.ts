import { describe, expect, it } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import type { Events } from '../../../src-shared/api.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { createConfigDraft } from '../../../src-renderer/composables/useConfigDraft.ts'
import { addBackend } from '../../../src-renderer/lib/edits.ts'
import { answer, json, ONE } from '../support/api.ts'
import { scope, useCleanPage } from '../support/page.ts'

useCleanPage()

describe('the draft of the configuration', () => {
  function start(config: Config = ONE): {
    live: ReturnType<typeof shallowRef<Events['config'] | undefined>>
    draft: ReturnType<typeof createConfigDraft>
  } {
    const live = shallowRef<Events['config'] | undefined>({ revision: 'r1', config })
    const draft = scope.run(() => createConfigDraft({ config: live }))
    if (draft === undefined) throw new Error('no draft')
    return { live, draft }
  }

  const rename = ({ draft }: ReturnType<typeof createConfigDraft>, name: string): void => {
    const [backend] = draft.value?.backends ?? []
    if (backend !== undefined) backend.name = name
  }

  it('is changed when it is different, not when it was touched', () => {
    const { draft } = start()
    expect(draft.isDirty.value).toBe(false)
    rename(draft, 'other')
    expect(draft.isDirty.value).toBe(true)
    rename(draft, 'gpu')
    expect(draft.isDirty.value).toBe(false)
  })

  it('is saved with its revision, and starts anew from what the server holds', async () => {
    const { draft } = start()
    rename(draft, 'other')
    const saved = { ...ONE, defaultBackend: 'other', backends: [{ name: 'other', url: 'http://gpu:3003' }] }
    const fetched = answer((_path, init) =>
      init?.method === 'POST'
        ? json({}, { headers: { etag: '"r2"' } })
        : json(saved, { headers: { etag: '"r2"' } }),
    )
    expect(await draft.save()).toBe(true)
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({ headers: { 'if-match': '"r1"' } })
    expect(draft.base.value).toEqual({ revision: 'r2', config: saved })
    expect(draft.isDirty.value).toBe(false)
    expect(draft.outcome.value).toContain('Saved')
  })

  it('is not sent while the browser finds something wrong', async () => {
    const { draft } = start()
    if (draft.draft.value !== undefined) addBackend(draft.draft.value, { url: 'two words' })
    const fetched = answer(() => json({}))
    expect(await draft.save()).toBe(false)
    expect(fetched).not.toHaveBeenCalled()
    expect([...draft.problems.value.keys()]).toEqual(['backends[1].name', 'backends[1].url'])
  })

  it('keeps the server’s judgement until it is changed', async () => {
    const { draft } = start()
    rename(draft, 'other')
    const problems = [{ path: ['backends', 0, 'name'], message: 'is not liked' }]
    answer(() => json({ error: 'Not saved', problems }, { status: 400 }))
    await draft.save()
    // What the field tells is not told a second time.
    expect(draft.error.value).toBe('')
    expect(draft.problems.value.get('backends[0].name')).toBe('is not liked')
    rename(draft, 'another')
    expect(draft.error.value).toBe('')
    expect(draft.problems.value.size).toBe(0)
  })

  it('takes a new revision of the same configuration in silence', async () => {
    const { live, draft } = start()
    rename(draft, 'mine')
    live.value = { revision: 'after a restart', config: ONE }
    await nextTick()
    expect(draft.base.value?.revision).toBe('after a restart')
    expect(draft.theirs.value).toBeUndefined()
    expect(draft.isDirty.value).toBe(true)
  })

  it('tells of somebody else’s save, and goes on with either', async () => {
    const theirs = { ...ONE, taskRouting: { ocr: 'gpu' } }
    const { live, draft } = start()
    live.value = { revision: 'r2', config: theirs }
    await nextTick()
    expect(draft.outcome.value).toContain('changed elsewhere')
    rename(draft, 'mine')
    live.value = { revision: 'r3', config: ONE }
    await nextTick()
    expect(draft.theirs.value?.revision).toBe('r3')
    draft.keepMine()
    expect(draft.base.value?.revision).toBe('r3')
    expect(draft.config.value?.backends[0]?.name).toBe('mine')
    draft.discard()
    expect(draft.isDirty.value).toBe(false)
  })

  it('asks what was saved meanwhile when its save came too late', async () => {
    const { draft } = start()
    rename(draft, 'mine')
    answer((_path, init) =>
      init?.method === 'POST'
        ? json({ error: 'changed' }, { status: 412 })
        : json({ ...ONE, extra: 1 }, { headers: { etag: '"r9"' } }),
    )
    expect(await draft.save()).toBe(false)
    expect(draft.theirs.value?.revision).toBe('r9')
  })
})
