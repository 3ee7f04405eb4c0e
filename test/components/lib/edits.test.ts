import { describe, expect, it } from 'vitest'
import { EMPTY_CONFIG, type Config } from '../../../src-shared/config/schema.ts'
import { differences } from '../../../src-renderer/lib/compare.ts'
import { configOf, draftOf, poolOf } from '../../../src-renderer/lib/draft.ts'
import { addBackend, moveBackend, removeBackend, undoRemoval } from '../../../src-renderer/lib/edits.ts'
import { FULL } from '../support/api.ts'

const changed = (edit: (draft: ReturnType<typeof draftOf>) => void): Config => {
  const draft = draftOf(FULL)
  edit(draft)
  return configOf(draft)
}

describe('an edit of the draft', () => {
  it('takes a removed backend out of all routes, and brings it back', () => {
    const draft = draftOf(FULL)
    const removal = removeBackend(draft, 0)
    expect(removal.routes).toEqual(['the default', 'facial_recognition', 'detection'])
    const without = configOf(draft)
    expect(without.defaultBackend).toBe('nas')
    expect(without.taskRouting).toEqual({ search: 'nas', ocr: '' })
    expect(without.modelTypeRouting).toEqual({ textual: 'nas', detection: 'nas' })
    undoRemoval(draft, removal)
    expect(configOf(draft)).toEqual(FULL)
  })

  it('gives an empty default to the first backend left', () => {
    const draft = draftOf({ ...FULL, defaultBackend: 'gpu' })
    const removal = removeBackend(draft, 0)
    expect(poolOf(draft, draft.defaultPool).map(({ name }) => name)).toEqual(['nas'])
    undoRemoval(draft, removal)
    expect(configOf(draft).defaultBackend).toBe('gpu')
  })

  it('makes the first backend the default', () => {
    const draft = draftOf(EMPTY_CONFIG)
    addBackend(draft, { name: 'one', url: 'http://one' })
    addBackend(draft, { name: 'two', url: 'http://two' })
    expect(configOf(draft)).toMatchObject({
      defaultBackend: 'one',
      backends: [{ name: 'one' }, { name: 'two' }],
    })
  })

  it('changes the order', () => {
    const config = changed((draft) => moveBackend(draft, 1, -1))
    expect(config.backends.map(({ name }) => name)).toEqual(['nas', 'gpu'])
    expect(differences(FULL, config)).toEqual(['Order of the backends'])
  })
})
