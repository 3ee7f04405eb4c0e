import { describe, expect, it } from 'vitest'
import { figuresOf, lastErrorText } from '../../../src-renderer/lib/figures.ts'
import { STATE } from '../support/api.ts'

describe('the figures of a backend', () => {
  it('are told in words', () => {
    expect(figuresOf(STATE, 100)).toEqual([
      'Healthy for 6 s',
      'answers pings in 3 ms',
      '2 requests',
      '1 failure',
      'typical prediction 185 ms',
    ])
    expect(figuresOf({ ...STATE, lastCheck: 0 }, 100)).toEqual(['not checked yet'])
  })

  it('do not go on while the proxy is gone', () => {
    const running = { ...STATE, inFlight: 1, waiting: 2 }
    expect(figuresOf(running, 100, true)).toEqual(['2 requests', '1 failure', 'typical prediction 185 ms'])
    expect(lastErrorText(STATE, 500, true)).toBe('Last error: answered 503')
  })

  it('keep the last error of one that is well again', () => {
    expect(lastErrorText(STATE, 160)).toBe('Last error 2 min ago: answered 503')
    expect(lastErrorText({ ...STATE, lastError: null }, 160)).toBe('')
    expect(lastErrorText({ ...STATE, error: 'answered 503' }, 160)).toBe('')
  })
})
