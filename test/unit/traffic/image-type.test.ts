import { expect, test } from 'vitest'
import { imageTypeOf } from '../../../src-main/traffic/image-type.ts'
import { readPhoto } from '../../support/photo.ts'

test.each([
  ['image/jpeg', readPhoto()],
  ['image/png', Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1')],
  ['image/webp', Buffer.from('RIFF....WEBPVP8 ', 'latin1')],
])('the first bytes tell %s', (type, bytes) => {
  expect(imageTypeOf(bytes)?.contentType).toBe(type)
  expect(imageTypeOf(Buffer.from('<svg onload=x>'))).toBeUndefined()
})
