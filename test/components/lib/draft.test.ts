import { describe, expect, it } from 'vitest'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import { EMPTY_CONFIG, type Config } from '../../../src-shared/config/schema.ts'
import { differences } from '../../../src-renderer/lib/compare.ts'
import { configOf, draftOf, postedConfig } from '../../../src-renderer/lib/draft.ts'
import { addBackend } from '../../../src-renderer/lib/edits.ts'
import { problemsOf } from '../../../src-renderer/lib/problems.ts'
import { FULL } from '../support/api.ts'

const changed = (edit: (draft: ReturnType<typeof draftOf>) => void): Config => {
  const draft = draftOf(FULL)
  edit(draft)
  return configOf(draft)
}

describe('a draft', () => {
  it('gives back exactly what it was made of', () => {
    expect(configOf(draftOf(FULL))).toEqual(FULL)
    expect(configOf(draftOf(EMPTY_CONFIG))).toEqual(EMPTY_CONFIG)
    expect(differences(FULL, configOf(draftOf(FULL)))).toEqual([])
  })

  it('shows the rows of Immich first, in the spelling of the configuration', () => {
    const { tasks, types } = draftOf(FULL)
    expect(tasks.map(({ key }) => key)).toEqual(['clip', 'facial_recognition', 'ocr', 'search'])
    expect(types.map(({ key }) => key)).toEqual(['visual', 'textual', 'detection'])
    expect(tasks[0]?.policy).toBe('fallback')
  })

  it('keeps a share as it is written, and a list a list until somebody chooses', () => {
    const shared = { backends: ['nas', 'gpu'], share: 'by-speed' as const, note: 'mine' }
    const config: Config = { ...FULL, defaultBackend: shared, taskRouting: { clip: { backends: ['nas'] } } }
    expect(configOf(draftOf(config))).toEqual(config)
    const draft = draftOf(config)
    draft.defaultShare = 'in-order'
    draft.defaultPool = [...draft.defaultPool].reverse()
    expect(configOf(draft).defaultBackend).toEqual({ ...shared, backends: ['gpu', 'nas'], share: 'in-order' })
    const [nas] = draftOf({
      ...FULL,
      backends: FULL.backends.map((each) => ({ ...each, maxConcurrent: 'auto' as const })),
    }).backends
    expect(nas?.maxConcurrent).toBeUndefined()
    const taken = changed((edited) => (edited.defaultShare = 'round-robin'))
    expect(taken.defaultBackend).toEqual({ backends: ['gpu', 'nas'], share: 'round-robin' })
    expect(differences(FULL, taken)).toEqual(['Default backend'])
  })

  it('lets routes follow a rename', () => {
    const config = changed(({ backends }) => {
      const [gpu] = backends
      if (gpu !== undefined) gpu.name = 'workstation'
    })
    expect(config.defaultBackend).toEqual(['workstation', 'nas'])
    expect(config.taskRouting['facial_recognition']).toEqual(['workstation'])
    expect(config.modelTypeRouting['detection']).toEqual(['nas', 'workstation'])
    expect(differences(FULL, config)).toEqual(['Backend gpu renamed to workstation'])
  })

  it('keeps the name of a backend that cannot be used, until another one is chosen', () => {
    const config: Config = { ...FULL, taskRouting: { clip: 'bad', ocr: ['bad', 'nas'] } }
    const draft = draftOf(config)
    expect(configOf(draft)).toEqual(config)
    expect(problemsOf(draft).get('taskRouting.clip')).toContain('"bad" is not a backend; choose one of "gpu"')
    const [clip] = draft.tasks
    if (clip !== undefined) clip.pool = [draft.backends[1]?.id ?? '']
    addBackend(draft, { name: 'bad', url: 'http://bad:3003' })
    expect(configOf(draft).taskRouting).toEqual({ clip: 'nas', ocr: ['bad', 'nas'] })
    expect(problemsOf(draft).size).toBe(0)
  })

  it('writes policies where they differ, and drops a row with its policy', () => {
    const config = changed((draft) => {
      draft.tasks = draft.tasks.filter(({ key }) => key !== 'search')
      for (const route of draft.tasks) if (route.key === 'facial_recognition') route.policy = 'strict'
    })
    expect(config.taskRoutingPolicy).toEqual({ facial_recognition: 'strict', clip: 'fallback' })
    expect(config.taskRouting).not.toHaveProperty('search')
  })

  it('posts null for a field that was taken away', () => {
    const draft = draftOf(FULL)
    const [gpu] = draft.backends
    if (gpu === undefined) throw new Error('no backend')
    gpu.timeoutMs = undefined
    gpu.ca = ''
    expect(postedConfig(draft)).toMatchObject({
      backends: [{ name: 'gpu', timeoutMs: null, tls: { theirs: 1 }, note: 'unknown' }, { name: 'nas' }],
      theirs: { deep: [1, { two: 2 }] },
    })
  })

  it('keeps the id of a backend over a save', () => {
    const draft = draftOf(FULL)
    expect(draftOf(FULL, draft).backends.map(({ id }) => id)).toEqual(draft.backends.map(({ id }) => id))
  })
})

describe('waking, waiting and Immich', () => {
  it('observes Immich first, once its URL and a key are entered, and writes nothing before', () => {
    const draft = draftOf(EMPTY_CONFIG)
    expect(configOf(draft)).toEqual(EMPTY_CONFIG)
    Object.assign(draft.immich, { url: 'http://nas:2283', apiKey: 'key' })
    expect(configOf(draft).immich).toEqual({ url: 'http://nas:2283', apiKey: 'key', guard: 'observe' })
    const off = { ...EMPTY_CONFIG, immich: { url: 'http://nas:2283', apiKey: MASK } }
    expect(configOf(draftOf(off))).toEqual(off)
  })

  const WAKE = { mac: 'aa:bb:cc:dd:ee:ff', port: 7, on: ['image' as const] }
  const IMMICH = { url: 'http://nas:2283', apiKey: MASK, guard: 'observe' as const }
  const [gpu, ...others] = FULL.backends
  const AWAY: Config = {
    ...FULL,
    backends: [{ ...(gpu ?? { name: 'gpu', url: 'http://gpu:3003' }), wake: WAKE }, ...others],
    defaultPolicy: 'wait',
    hold: { beyondMinutes: 5 },
    immich: IMMICH,
  }

  it('are given back as they were', () => {
    expect(configOf(draftOf(AWAY))).toEqual(AWAY)
  })

  it('keep what the form does not show', () => {
    const draft = draftOf(AWAY)
    const [backend] = draft.backends
    if (backend === undefined) expect.unreachable('no backend')
    backend.wake.broadcast = '192.168.1.255'
    backend.wake.onText = true
    expect(configOf(draft).backends[0]?.wake).toEqual({
      ...WAKE,
      broadcast: '192.168.1.255',
      on: ['image', 'text'],
    })
    backend.wake.mac = ''
    backend.wake.broadcast = ''
    expect(postedConfig(draft)).toMatchObject({ backends: [{ wake: null }, {}] })
  })

  it('are removed with their fields', () => {
    const draft = draftOf(AWAY)
    draft.immich = { ...draft.immich, url: '', apiKey: '' }
    draft.beyondMinutes = undefined
    draft.defaultPolicy = 'strict'
    expect(postedConfig(draft)).toMatchObject({ immich: null, defaultPolicy: 'strict', hold: {} })
  })

  it('a hidden key is none to be entered again, but for another address', () => {
    const draft = draftOf(AWAY)
    expect(problemsOf(draft)).toEqual(new Map())
    draft.immich.url = 'http://nas:2283/immich'
    expect(problemsOf(draft)).toEqual(new Map())
    draft.immich.url = 'http://other:2283'
    expect([...problemsOf(draft).keys()]).toEqual(['immich.apiKey'])
  })
})
