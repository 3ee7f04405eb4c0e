import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import HealthBar from '../../../../src-renderer/components/ui/HealthBar.vue'

describe('the bar of checks', () => {
  it('is read check by check', async () => {
    const history = [
      { at: 1, status: 'unhealthy', durationMs: 2, error: 'connection refused' },
      { at: 2, status: 'healthy', durationMs: 3, error: '' },
    ] as const
    const bar = mount(HealthBar, { props: { history, name: 'gpu' } })
    const slider = bar.get('input')
    expect(slider.attributes('aria-valuetext')).toMatch(/good: \/ping answered in 3 ms$/)
    await slider.trigger('focus')
    await slider.setValue(slider.attributes('min') ?? '')
    expect(slider.attributes('aria-valuetext')).toMatch(/failed: connection refused$/)
    expect(bar.get('.check').text()).toMatch(/failed: connection refused$/)
    // One that comes in does not change what is being read.
    const more = [...history, { at: 3, status: 'healthy', durationMs: 4, error: '' } as const]
    await bar.setProps({ history: structuredClone(more) })
    expect(slider.attributes('aria-valuetext')).toMatch(/failed: connection refused$/)
    expect(slider.attributes('min')).toBe('57')
    await slider.trigger('blur')
    expect(bar.find('.check').exists()).toBe(false)
    await bar.setProps({ history: [] })
    expect(bar.find('input').exists()).toBe(false)
  })

  it('says what it shows', () => {
    const bar = mount(HealthBar, {
      props: { history: [{ at: 1, status: 'healthy', durationMs: 2, error: '' }], name: 'gpu' },
    })
    expect(bar.get('[role=img]').attributes('aria-label')).toBe('Last check: 1 good')
    expect(bar.findAll('rect.healthy')).toHaveLength(1)
  })

  it('draws what failed taller than what was good, and names its slider', () => {
    const check = { at: 1, durationMs: 2, error: '' }
    const history = (['healthy', 'unhealthy', 'unknown'] as const).map((status) => ({ ...check, status }))
    const bar = mount(HealthBar, { props: { history, name: 'gpu' } })
    const heightOf = (status: string): number => Number(bar.get(`rect.${status}`).attributes('height'))
    expect(heightOf('unhealthy')).toBeGreaterThan(heightOf('healthy'))
    expect(heightOf('unhealthy')).toBeGreaterThan(heightOf('unknown'))
    expect(bar.get('input').attributes('aria-label')).toBe('Last checks of gpu')
  })
})
