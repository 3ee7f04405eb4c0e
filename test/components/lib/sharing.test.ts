import { describe, expect, it } from 'vitest'
import { configOf, draftOf, type Draft } from '../../../src-renderer/lib/draft.ts'
import { answerShare, shareQuestion } from '../../../src-renderer/lib/sharing.ts'
import { EMPTY_CONFIG, type Config } from '../../../src-shared/config/schema.ts'

const GPU = { name: 'gpu', url: 'http://gpu' }
const NAS = { name: 'nas', url: 'http://nas' }
const MINI = { name: 'mini', url: 'http://mini' }

const draftWith = (more: Partial<Config>): Draft =>
  draftOf({ ...EMPTY_CONFIG, defaultBackend: 'gpu', backends: [GPU, NAS], ...more })

/** What the backends were measured to take. */
const measured =
  (answers: Readonly<Record<string, Record<string, number>>> = {}) =>
  ({ name }: { name: string }) =>
    answers[name]
const UNLIKE = measured({ gpu: { 'clip/visual': 30 }, nas: { 'clip/visual': 400 } })

describe('a backend that would do nothing', () => {
  it('is asked about, in one line, with the default first', () => {
    expect(shareQuestion(draftWith({}), measured())).toMatchObject({
      text: 'How should gpu and nas share the work?',
      inOrder: 'gpu first, nas when it is off',
    })
    const three = draftWith({ backends: [NAS, GPU, MINI] })
    expect(shareQuestion(three, measured())?.inOrder).toBe('gpu first, nas and mini when it is off')
  })

  it.each<Partial<Config>>([
    { backends: [GPU] },
    { defaultBackend: ['gpu', 'nas'] },
    { taskRouting: { ocr: 'nas' } },
    { backends: [GPU, { name: '', url: '' }] },
  ])('is none in %j', (more) => {
    expect(shareQuestion(draftWith(more), measured())).toBeUndefined()
  })

  it('is used once that is answered', () => {
    const draft = draftWith({})
    const question = shareQuestion(draft, measured())
    if (question === undefined) throw new Error('nothing is asked')
    answerShare(draft, question, 'in-order')
    expect(configOf(draft).defaultBackend).toEqual({ backends: ['gpu', 'nas'], share: 'in-order' })
    expect(shareQuestion(draft, UNLIKE)).toBeUndefined()
  })
})

describe('a saved list of unlike backends', () => {
  it('is asked about, for a route as for the default', () => {
    const ofDefault = draftWith({ defaultBackend: ['nas', 'gpu'] })
    expect(shareQuestion(ofDefault, UNLIKE)).toMatchObject({
      text: 'nas takes 13 times as long as gpu, and they take turns. How should they share?',
      inOrder: 'gpu first, nas when it is off',
    })
    const draft = draftWith({ taskRouting: { clip: ['nas', 'gpu'] } })
    const question = shareQuestion(draft, UNLIKE)
    expect(question?.text).toContain('they take turns for clip')
    if (question !== undefined) answerShare(draft, question, 'by-speed')
    expect(configOf(draft)).toMatchObject({
      defaultBackend: 'gpu',
      taskRouting: { clip: { backends: ['gpu', 'nas'], share: 'by-speed' } },
    })
    expect(shareQuestion(draft, UNLIKE)).toBeUndefined()
  })

  it.each([
    ['they are alike', measured({ gpu: { 'clip/visual': 30 }, nas: { 'clip/visual': 59 } })],
    ['nothing was measured of one', measured({ gpu: { 'clip/visual': 30 } })],
    ['they did other work', measured({ gpu: { 'clip/textual': 10 }, nas: { 'ocr/detection': 900 } })],
  ])('is not where %s', (_what, answersOf) => {
    expect(shareQuestion(draftWith({ defaultBackend: ['nas', 'gpu'] }), answersOf)).toBeUndefined()
  })

  it('is not where somebody has chosen that they take turns', () => {
    const chosen = { backends: ['nas', 'gpu'], share: 'round-robin' as const }
    expect(shareQuestion(draftWith({ defaultBackend: chosen }), UNLIKE)).toBeUndefined()
  })
})
