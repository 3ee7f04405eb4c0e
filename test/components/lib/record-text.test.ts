import { describe, expect, it } from 'vitest'
import { statusText, statusTone, taskText } from '../../../src-renderer/lib/record-text.ts'
import { recordOf } from '../support/records.ts'

describe('records', () => {
  it('have a word and a tone for their status', () => {
    const say = (given: Parameters<typeof recordOf>[0]): string[] => [
      statusText(recordOf(given)),
      statusTone(recordOf(given)),
    ]
    expect(say({ id: 'a' })).toEqual(['200', 'healthy'])
    expect(say({ id: 'a', status: 404 })).toEqual(['404', 'warning'])
    expect(say({ id: 'a', status: 502 })).toEqual(['502', 'unhealthy'])
    expect(say({ id: 'a', status: 0, error: 'x' })).toEqual(['error', 'unhealthy'])
    expect(say({ id: 'a', status: 0, pending: true })).toEqual(['pending', 'unknown'])
    expect(taskText(recordOf({ id: 'a', tasks: ['ocr/detection', 'ocr/recognition', 'clip/visual'] }))).toBe(
      'ocr, clip/visual',
    )
  })
})
