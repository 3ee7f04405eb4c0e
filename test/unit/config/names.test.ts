import { expect, test } from 'vitest'
import { lookup } from '../../../src-shared/config/names.ts'

test('lookup finds either spelling and no inherited name', () => {
  expect(lookup({ 'facial-recognition': 1 }, 'facial_recognition')).toBe(1)
  expect(lookup({ facial_recognition: 1 }, 'facial-recognition')).toBe(1)
  expect(lookup({}, 'constructor')).toBeUndefined()
  expect(lookup({}, '__proto__')).toBeUndefined()
})
