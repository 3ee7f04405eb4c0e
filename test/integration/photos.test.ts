/** Photos in flight share memory, one after the other: none may get bytes of another one. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { JOBS, predict } from '../support/immich-client.ts'
import { gpu, nas, pool, proxy, usePair } from '../support/pair.ts'
import { readPhoto } from '../support/photo.ts'

usePair({})

const photo = readPhoto()
/** A photo like no other one: what stands before the end of a JPEG is not looked at. */
const uniquePhoto = (bytes: number) =>
  Buffer.concat([photo.subarray(0, -2), randomBytes(bytes), photo.subarray(-2)])

test('of photos of any size, many at once and again and again, each arrives as it was sent', async () => {
  await pool()
  // Some are sent a second time while others come.
  gpu.predictFault = Array.from({ length: 12 }, () => ({ kind: 'reset' }) as const)
  for (let round = 0; round < 3; round++) {
    const sent = Array.from({ length: 24 }, (_, index) => uniquePhoto(index * 45_000))
    const before = [gpu.seen.length, nas.seen.length] as const
    const answers = await Promise.all(sent.map((one) => predict(proxy.url, JOBS.searchImage, one)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    const arrived = [...gpu.seen.slice(before[0]), ...nas.seen.slice(before[1])].map(({ image }) => image)
    // The second sending of one as well: whatever came is one of those that were sent, byte by byte.
    for (const image of arrived) expect(sent.some((one) => image?.equals(one))).toBe(true)
    for (const one of sent) expect(arrived.some((image) => image?.equals(one))).toBe(true)
  }
})
