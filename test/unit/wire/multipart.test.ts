import { expect, test } from 'vitest'
import { boundaryOf, isMultipart } from '../../../src-main/wire/multipart.ts'

test('boundaries, quoted and not', () => {
  expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc')
  expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b;c"')).toBe('a b;c')
  expect(boundaryOf('multipart/form-data')).toBeUndefined()
  expect(isMultipart('Multipart/Form-Data; boundary=x')).toBe(true)
  expect(isMultipart('multipart/form-datax')).toBe(false)
})
