import { describe, expect, it } from 'vitest'
import type { BackendConfig, Config } from '../../../src-shared/config/schema.ts'
import { containerText, offerText, tagOf } from '../../../src-renderer/lib/courtesy.ts'
import { configOf, draftOf, postedConfig, type DraftBackend } from '../../../src-renderer/lib/draft.ts'
import { problemsOf } from '../../../src-renderer/lib/problems.ts'
import { ONE } from '../support/api.ts'

const SET: BackendConfig = {
  name: 'gpu',
  url: 'http://gpu:3003',
  yield: { games: false, programs: ['cs2', 'blender.exe'], schedule: [], keepSearch: true, theirs: 1 },
  manage: { container: 'ml', socket: '/run/x.sock', stopAfterMinutes: 5 },
}

function edited(backend: BackendConfig, edit: (courtesy: DraftBackend['courtesy']) => void): Config {
  const draft = draftOf({ ...ONE, backends: [backend] })
  const [first] = draft.backends
  if (first !== undefined) edit(first.courtesy)
  return configOf(draft)
}

describe('the fields of pauses and container', () => {
  it('give back exactly what they were made of', () => {
    expect(edited(SET, () => undefined).backends).toEqual([SET])
    expect(edited({ name: 'gpu', url: 'http://gpu:3003' }, () => undefined).backends[0]).not.toHaveProperty(
      'yield',
    )
  })

  it('are written as they are edited; what the form does not know stays', () => {
    const [backend] = edited(SET, (courtesy) => {
      courtesy.games = true
      courtesy.programs = ' cs2 \n\n dota2, elden ring'
      courtesy.schedule = 'Mon-Fri 17:00-23:00'
      courtesy.stopAfterMinutes = undefined
    }).backends
    expect(backend?.yield).toEqual({
      games: true,
      programs: ['cs2', 'dota2', 'elden ring'],
      schedule: ['Mon-Fri 17:00-23:00'],
      keepSearch: true,
      theirs: 1,
    })
    expect(backend?.manage).toEqual({ container: 'ml', socket: '/run/x.sock' })
  })

  it('remove the container', () => {
    const draft = draftOf({ ...ONE, backends: [SET] })
    const [first] = draft.backends
    if (first !== undefined) first.courtesy.container = ''
    expect(configOf(draft).backends[0]).not.toHaveProperty('manage')
    expect(postedConfig(draft)).toMatchObject({ backends: [{ manage: null }] })
  })

  it('are judged line by line', () => {
    const draft = draftOf({ ...ONE, backends: [SET] })
    const [first] = draft.backends
    if (first !== undefined) first.courtesy.schedule = 'Mon-Fri 17:00-23:00\nalways'
    expect(problemsOf(draft).get('backends[0].yield.schedule[1]')).toContain('must be like')
  })
})

describe('a container in words', () => {
  it.each([
    ['ghcr.io/immich-app/immich-machine-learning:release-cuda', 'release-cuda'],
    ['localhost:5000/immich-machine-learning', ''],
    ['immich-machine-learning:v2@sha256:0123', 'v2'],
    ['', ''],
  ])('the tag of %s is "%s"', (image, tag) => expect(tagOf(image)).toBe(tag))

  it('has its state and its tag', () => {
    const image = 'x/immich-machine-learning:v2'
    expect(containerText({ state: 'healthy', image, problem: '' })).toBe('Container: running · v2')
    expect(containerText({ state: 'unknown', image: '', problem: '' })).toBe('Container: not known yet')
    expect(offerText({ name: 'ml', image, state: 'exited' })).toBe('ml (v2, exited)')
  })
})
