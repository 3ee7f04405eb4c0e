import { expect, test } from 'vitest'
import { texts } from '../../../src-renderer/texts/overview.ts'

test('the range is told as people say it', () => {
  expect((['1h', '6h', '24h'] as const).map(texts.figures.inRange)).toEqual([
    'in the last hour',
    'in the last 6 hours',
    'in the last 24 hours',
  ])
})

test('where the percentage of uptime is of another time than the strip below it, the hint says so', () => {
  expect((['1h', '6h', '24h'] as const).map(texts.backends.hint)).toEqual([
    'All in the last hour, but the percentage of uptime: that is of the last 24 hours.',
    'All in the last 6 hours, but the percentage of uptime: that is of the last 24 hours.',
    'All in the last 24 hours.',
  ])
})
