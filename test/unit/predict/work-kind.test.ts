import { expect, test } from 'vitest'
import { workOf } from '../../../src-main/predict/work-kind.ts'
import { MAX_WORK_CHARS } from '../../../src-main/predict/slots/limits.ts'

test.each([
  [[['clip', 'visual']], 'clip/visual'],
  [
    [
      ['facial_recognition', 'detection'],
      ['facial_recognition', 'recognition'],
    ],
    'facial-recognition/detection+recognition',
  ],
  [
    [
      ['clip', 'visual'],
      ['ocr', 'detection'],
      ['ocr', 'recognition'],
    ],
    'clip/visual,ocr/detection+recognition',
  ],
  [[['a'.repeat(1_000), 'b']], 'a'.repeat(MAX_WORK_CHARS)],
  [[], ''],
])('the work of %j is named', (entries, name) => {
  expect(workOf(entries.map(([task = '', type = '']) => ({ task, type })))).toBe(name)
})
