import { describe, expect, it } from 'vitest'
import { completions, hasCondition, toggleCondition } from '../../../src-renderer/lib/complete.ts'
import { distance, nearest } from '../../../src-renderer/lib/nearest.ts'

const KNOWN = {
  backend: ['gpu', 'my nas'],
  from: ['192.168.1.20', 'fd00::1'],
  task: ['clip', 'ocr'],
  status: ['200', '503'],
}
const labels = (text: string, caret = text.length): string[] =>
  completions(text, caret, KNOWN).map(({ label }) => label)

describe('completions', () => {
  it.each([
    ['st', ['status:']],
    ['s', ['status:', 'slow:']],
    ['sunset ba', ['backend:']],
    ['-ba', ['backend:']],
    ['backend:', ['backend:gpu', 'backend:"my nas"']],
    ['backend:G', ['backend:gpu']],
    ['backend:gpu', []],
    ['from:f', ['from:fd00::1']],
    ['task:o', ['task:ocr']],
    ['status:5', ['status:503', 'status:5xx']],
    ['is:f', ['is:failover']],
    ['nothing:', []],
    ['', []],
    ['sunset', []],
  ])('of %s are %j', (text, expected) => expect(labels(text)).toEqual(expected))

  it('go where the caret is, and on behind it', () => {
    const [first] = completions('sta slow:>1s', 3, KNOWN)
    expect(first).toEqual({ label: 'status:', text: 'status: slow:>1s', caret: 7 })
    const [second] = completions('-backend:g', 10, KNOWN)
    expect(second).toEqual({ label: 'backend:gpu', text: '-backend:gpu ', caret: 13 })
    // Not in the middle of a word.
    expect(labels('status', 3)).toEqual([])
  })
})

describe('a condition', () => {
  it('is added at the end and taken away', () => {
    expect(toggleCondition('sunset', 'is:text')).toBe('sunset is:text')
    expect(toggleCondition('is:text  sunset', 'is:text')).toBe('sunset')
    expect(toggleCondition('', 'is:text')).toBe('is:text')
    expect([hasCondition('a is:text', 'is:text'), hasCondition('a -is:text', 'is:text')]).toEqual([
      true,
      false,
    ])
  })
})

describe('the nearest word', () => {
  it.each([
    ['statuss', 'status'],
    ['bakend', 'backend'],
    ['tsak', 'task'],
    ['dog', undefined],
    ['x', undefined],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, ['status', 'backend', 'task', 'slow'])).toBe(expected)
  })

  it('is told by its letters', () => {
    expect([
      distance('', 'ab'),
      distance('ab', 'ab'),
      distance('ab', 'b'),
      distance('kitten', 'sitting'),
    ]).toEqual([2, 0, 1, 3])
  })
})
