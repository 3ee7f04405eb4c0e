/** A photo that its backend answers unread stays what it is while the next ones come into the same memory. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HastyBackend } from '../../support/hasty-backend.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { configOf, startProxy, type TestProxy } from '../../support/proxy.ts'

/** A body of it just fits into a buffer of the pool. */
const PHOTO_BYTES = 1_000_000
/** Together more than the buffers of two sockets take. */
const PHOTOS = 32

let backend: HastyBackend
let proxy: TestProxy

beforeEach(async () => {
  backend = await HastyBackend.start()
  proxy = await startProxy()
  await proxy.configure(configOf([backend]))
})
afterEach(async () => {
  await proxy.stop()
  backend.stop()
})

/** The photos in the requests of one connection; of the last one only the beginning may have come. */
function photosIn(bytes: Buffer): Buffer[] {
  const photos: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at)
    if (headEnd === -1) break
    const [, length] = /content-length: (\d+)/i.exec(bytes.toString('latin1', at, headEnd)) ?? []
    const end = headEnd + 4 + Number(length)
    const photoStart = bytes.indexOf('\r\n\r\n', bytes.indexOf('name="image"', headEnd)) + 4
    photos.push(bytes.subarray(photoStart, Math.min(photoStart + PHOTO_BYTES, end)))
    at = end
  }
  return photos
}

test('no backend gets bytes of another photo, however early it answers and however late it reads', async () => {
  const sent = Array.from({ length: PHOTOS }, () => randomBytes(PHOTO_BYTES))
  for (const photo of sent) {
    const answer = await predict(proxy.url, JOBS.searchImage, photo)
    expect(answer.status).toBe(200)
  }
  // A photo that the sockets did not take whole ends its connection. With a single one they took all: nothing was tested.
  expect(backend.connections).toBeGreaterThan(1)
  const arrived = (await backend.readToTheEnd()).flatMap(photosIn)
  expect(arrived.length).toBeGreaterThan(PHOTOS / 2)
  for (const [index, photo] of arrived.entries()) {
    expect(
      sent.some((one) => one.subarray(0, photo.length).equals(photo)),
      `photo ${index}`,
    ).toBe(true)
  }
})
