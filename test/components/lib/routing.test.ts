import { describe, expect, it } from 'vitest'
import type { HealthStatus } from '../../../src-shared/api.ts'
import type { Pool, Share } from '../../../src-shared/config/pool-schema.ts'
import { EMPTY_CONFIG, type Config } from '../../../src-shared/config/schema.ts'
import {
  answeringText,
  tiersOf,
  tierTitle,
  list,
  nextText,
  turns,
} from '../../../src-renderer/lib/routing.ts'
import { words } from '../../../src-renderer/texts/routing.ts'

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

const sentence = (config: Config, task: string, ...off: string[]): string =>
  words.sentence(tiersOf(config, task), health(...off))
const now = (config: Config, task: string, ...off: string[]): string =>
  words.nowText(tiersOf(config, task), health(...off))
const clip = (route: Pool): Config => ({ ...CONFIG, taskRouting: { clip: route } })

describe('the sentence of a route', () => {
  it('tells the rule', () => {
    expect(sentence(CONFIG, 'search')).toBe('nas.')
    expect(sentence(CONFIG, 'clip')).toBe('gpu and big in turn. If they are away, it fails.')
  })

  it('tells how they share', () => {
    const shared = (share: 'in-order' | 'by-speed'): Config =>
      clip({ backends: ['gpu', 'big', 'nas'], share })
    expect(sentence(shared('in-order'), 'clip')).toMatch(/^gpu, then big, then nas\. /)
    expect(sentence(shared('by-speed'), 'clip')).toMatch(/^gpu, big and nas, sharing by speed\. /)
    expect(now(shared('in-order'), 'clip', 'gpu')).toBe('gpu is off, so big answers now.')
    expect(now(shared('by-speed'), 'clip', 'gpu')).toBe('gpu is off, so big and nas answer now.')
  })

  it('stays short with twelve backends', () => {
    const names = Array.from({ length: 12 }, (_, index) => `node${index}`)
    const backends = names.map((name) => ({ name, url: `http://${name}` }))
    const twelve = (share: Share): Config => ({ ...clip({ backends: names, share }), backends })
    const off = names.slice(0, 3)
    expect(sentence(twelve('by-speed'), 'clip', ...off)).toMatch(/^12 share the work, 3 away\. /)
    expect(sentence(twelve('in-order'), 'clip')).toMatch(/^12 in order, node0 first\. /)
    expect(sentence(twelve('round-robin'), 'clip')).toMatch(/^12 take turns\. /)
    expect(now(twelve('by-speed'), 'clip', ...names.slice(0, 4))).toBe(
      '4 of them are off, so 8 others answer now.',
    )
  })

  it('says what becomes of it while they are away', () => {
    const without = { ...CONFIG, modelTypeRouting: {} }
    expect(sentence(without, 'ocr')).toBe('gpu. If it is away: nas.')
    expect(sentence({ ...without, taskRoutingPolicy: { ocr: 'wait' } }, 'ocr')).toBe(
      'gpu. If it is away, photos wait.',
    )
    // The next tier is nobody else.
    expect(sentence({ ...without, taskRouting: { ocr: 'nas' } }, 'ocr')).toBe('nas. If it is away, it fails.')
    // The types belong together, so a route of one of them decides.
    expect(sentence(CONFIG, 'ocr')).toBe('big. If it is away, it fails.')
    expect(now(CONFIG, 'clip', 'gpu', 'big')).toBe('gpu and big are off.')
    expect(now(CONFIG, 'clip')).toBe('')
  })

  it('asks for a backend where nobody is named, and tells where a line without one goes', () => {
    expect(sentence(EMPTY_CONFIG, 'clip')).toBe('nobody: choose a backend.')
    const inherited = (config: Config, task: string, type?: string): string =>
      words.inherited(tiersOf(config, task, type), health())
    expect(inherited(CONFIG, 'search')).toBe('as everything else: nas')
    expect(inherited(CONFIG, 'clip', 'visual')).toBe('as smart search: gpu and big in turn')
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
      'nas (the default), then big (the row clip, off)',
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
