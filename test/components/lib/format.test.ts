import { describe, expect, it } from 'vitest'
import { bytes, duration, span } from '../../../src-renderer/lib/format.ts'

describe('times and sizes', () => {
  it('and sizes are short', () => {
    expect([duration(1.25), duration(250), duration(2_500), duration(125_000)]).toEqual([
      '1.3 ms',
      '250 ms',
      '2.50 s',
      '2 min 5 s',
    ])
    expect([bytes(5), bytes(2_048), bytes(204_800), bytes(5_000_000)]).toEqual([
      '5 B',
      '2.0 KB',
      '200 KB',
      '4.8 MB',
    ])
    expect([span(5), span(90), span(3_700), span(90_000)]).toEqual(['5 s', '1 min', '1 h 1 min', '1 d 1 h'])
  })
})
