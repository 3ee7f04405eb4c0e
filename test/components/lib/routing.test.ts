import { describe, expect, it } from 'vitest'
import type { HealthStatus } from '../../../src-shared/api.ts'
import { EMPTY_CONFIG, type Config } from '../../../src-shared/config/schema.ts'
import {
  answeringText,
  tiersOf,
  tierTitle,
  list,
  nextText,
  routeSentence,
  turns,
} from '../../../src-renderer/lib/routing.ts'

const CONFIG: Config = {
  ...EMPTY_CONFIG,
  defaultBackend: 'nas',
  backends: [
    { name: 'gpu', url: 'http://gpu' },
    { name: 'big', url: 'http://big' },
    { name: 'nas', url: 'http://nas' },
  ],
  taskRouting: { ocr: 'gpu', clip: ['gpu', 'big'] },
  taskRoutingPolicy: { ocr: 'fallback' },
  modelTypeRouting: { recognition: 'big' },
}

const health =
  (...down: string[]) =>
  (name: string): HealthStatus =>
    down.includes(name) ? 'unhealthy' : 'healthy'

const sentence = (task: string, ...down: string[]): string =>
  routeSentence(task, tiersOf(CONFIG, task), health(...down))

describe('the sentence of a route', () => {
  it('tells the rule', () => {
    expect(sentence('search')).toBe('search goes to nas.')
    expect(sentence('clip')).toBe(
      'clip goes to gpu and big in turn, and nowhere else: while they are down, it fails.',
    )
  })

  it('tells how they share', () => {
    const shared = (share: 'in-order' | 'by-speed', ...down: string[]): string => {
      const tiers = tiersOf(
        { ...CONFIG, taskRouting: { clip: { backends: ['gpu', 'big', 'nas'], share } } },
        'clip',
      )
      return routeSentence('clip', tiers, health(...down))
    }
    expect(shared('in-order')).toMatch(/^clip goes to gpu, else big, else nas, and nowhere else/)
    expect(shared('in-order', 'gpu')).toContain('Now gpu is down, so big answers.')
    expect(shared('by-speed')).toMatch(/^clip goes to gpu, big and nas, the fastest first, and nowhere else/)
    expect(shared('by-speed', 'gpu')).toContain('so big and nas answer, the fastest first.')
  })

  it('follows a type’s route of a task whose types belong together', () => {
    expect(sentence('ocr')).toBe('ocr goes to big, and nowhere else: while it is down, it fails.')
    const without = { ...CONFIG, modelTypeRouting: {} }
    expect(routeSentence('ocr', tiersOf(without, 'ocr'), health())).toBe(
      'ocr goes to gpu; while it is down, to nas.',
    )
  })

  it('tells what is different now', () => {
    expect(sentence('clip', 'gpu')).toContain('Now gpu is down, so big answers.')
    expect(sentence('clip', 'gpu', 'big')).toContain('Now gpu and big are down: it fails until one is back.')
  })

  it('names all who answer in turn for one that is down', () => {
    const tiers = tiersOf({ ...CONFIG, taskRouting: { clip: ['nas', 'gpu', 'big'] } }, 'clip')
    expect(routeSentence('clip', tiers, health('nas'))).toContain(
      'Now nas is down, so gpu and big answer in turn.',
    )
  })

  it('does not read as strict where the next tier is nobody else', () => {
    const config: Config = { ...CONFIG, modelTypeRouting: {}, taskRouting: { ocr: 'nas' } }
    expect(routeSentence('ocr', tiersOf(config, 'ocr'), health())).toBe(
      'ocr goes to nas; the default is nas too, so while it is down, it fails.',
    )
    expect(routeSentence('ocr', tiersOf({ ...config, defaultBackend: '' }, 'ocr'), health())).toBe(
      'ocr goes to nas; there is no default backend, so while it is down, it fails.',
    )
  })

  it('asks for a default where nobody is named', () => {
    expect(routeSentence('clip', tiersOf(EMPTY_CONFIG, 'clip'), health())).toContain(
      'choose a default backend',
    )
  })
})

describe('who answers', () => {
  it('is told in the order of the attempts, with the tier of each', () => {
    const tiers = tiersOf({ ...CONFIG, modelTypeRouting: {} }, 'ocr')
    expect(turns(tiers, health('gpu')).map(({ name, tier }) => [name, tierTitle(tier)])).toEqual([
      ['nas', 'the default'],
      ['gpu', 'the row ocr'],
    ])
  })

  it('are several where they take turns', () => {
    const config: Config = {
      ...CONFIG,
      taskRouting: { clip: ['gpu', 'big'], ocr: 'nas' },
      taskRoutingPolicy: { clip: 'fallback', ocr: 'fallback' },
      defaultBackend: ['nas', 'gpu', 'big'],
      modelTypeRouting: {},
    }
    const texts = (task: string, ...down: string[]): string[] => {
      const order = turns(tiersOf(config, task), health(...down))
      return [answeringText(order), nextText(order)]
    }
    expect(texts('clip')).toEqual([
      'take turns now, because of the row clip; if one fails, the other.',
      'nas (the default)',
    ])
    expect(texts('clip', 'big')).toEqual([
      'answers now, because of the row clip.',
      'nas (the default), then big (the row clip, down)',
    ])
    expect(texts('search')).toEqual(['take turns now, because of the default; if one fails, the next.', ''])
    expect(texts('ocr')).toEqual(['answers now, because of the row ocr.', 'gpu or big (the default)'])
    expect(texts('search', 'nas', 'gpu', 'big')[0]).toMatch(/^are tried in turn now/)
  })
})

it('names are listed as in a sentence', () => {
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ])
})
