import { describe, expect, test } from 'vitest'
import { tiersFor } from '../../../src-shared/routing/tiers.ts'
import { keysOf, routingConfig } from '../../support/routing.ts'

describe('tiersFor', () => {
  const all = routingConfig({
    modelTypeRouting: { textual: 'b' },
    taskRouting: { visual: 'c', clip: ['b', 'c'] },
  })

  test.each([
    ['textual', ['type:textual']],
    ['visual', ['task:visual']],
    ['other', ['task:clip']],
  ])('the first hit for clip/%s decides', (type, expected) => {
    expect(keysOf(tiersFor(all, 'clip', type))).toEqual(expected)
  })

  test('what no route names goes to the default backend', () => {
    expect(tiersFor(all, 'ocr', 'detection')).toEqual([
      { key: 'default', share: 'round-robin', pool: ['a'], policy: 'strict' },
    ])
  })

  test('fallback goes on type route, task route, default; strict ends the chain', () => {
    const chained = routingConfig({
      modelTypeRouting: { textual: 'b' },
      modelTypeRoutingPolicy: { textual: 'fallback' },
      taskRouting: { clip: 'c' },
    })
    expect(keysOf(tiersFor(chained, 'clip', 'textual'))).toEqual(['type:textual', 'task:clip'])
    const open = routingConfig({ ...chained, taskRoutingPolicy: { clip: 'fallback' } })
    expect(keysOf(tiersFor(open, 'clip', 'textual'))).toEqual(['type:textual', 'task:clip', 'default'])
  })

  test('names match with - and _ on either side', () => {
    const written = routingConfig({
      taskRouting: { facial_recognition: 'b' },
      taskRoutingPolicy: { 'facial-recognition': 'fallback' },
    })
    expect(keysOf(tiersFor(written, 'facial-recognition', 'detection'))).toEqual([
      'task:facial-recognition',
      'default',
    ])
  })

  test('a task named __proto__ or constructor meets no route', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(keysOf(tiersFor(all, name, name))).toEqual(['default'])
    }
  })

  test('an empty name, as the original may have written it, is no route', () => {
    expect(keysOf(tiersFor(routingConfig({ taskRouting: { clip: '' } }), 'clip', 'visual'))).toEqual([
      'default',
    ])
  })
})
