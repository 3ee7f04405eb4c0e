import { describe, expect, it } from 'vitest'
import { barText, slotsOf } from '../../../src-renderer/lib/health-bar.ts'

describe('the bar of checks', () => {
  it('always has sixty slots', () => {
    const check = { at: 1_700_000_000, status: 'unhealthy', durationMs: 3, error: 'refused' } as const
    const slots = slotsOf([check])
    expect(slots).toHaveLength(60)
    expect(slots.at(-1)?.title).toMatch(/^\d\d:\d\d:\d\d failed: refused$/)
    expect(barText([check, { ...check, status: 'healthy', error: '' }])).toBe(
      'Last 2 checks: 1 good, 1 failed',
    )
    expect(barText([])).toBe('No checks yet')
  })
})
