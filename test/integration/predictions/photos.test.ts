/** Photos in flight share memory, one after the other: none may get bytes of another one. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { DebugRecord, DebugUsage } from '../../../src-shared/api.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { gpu, nas, pool, proxy, start, usePair } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'
import { configOf } from '../../support/proxy.ts'

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

test('in debug mode each record holds its own photo, also where two backends get it', async () => {
  await start({ debug: true })
  await proxy.configure(configOf([gpu, nas], { taskRouting: { ocr: 'nas' } }))
  const sent = new Map<number, Buffer>()
  // The second round lies in the memory of the first one.
  for (let round = 0; round < 2; round++) {
    const photos = Array.from({ length: 12 }, (_, index) => uniquePhoto(round + index * 60_000))
    for (const one of photos) sent.set(one.length, one)
    const jobs = (index: number) =>
      index % 2 === 0 ? JOBS.searchImage : { ...JOBS.searchImage, ...JOBS.ocr }
    const answers = await Promise.all(photos.map((one, index) => predict(proxy.url, jobs(index), one)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
  }
  const records = (await (await proxy.get('/api/debug/records')).json()) as DebugRecord[]
  expect(records).toHaveLength(2 * (6 * 2 + 6 * 3))
  // Beside each photo little more than its answers and the entries.
  const usage = (await (await proxy.get('/api/debug/usage')).json()) as DebugUsage
  const photosBytes = [...sent.keys()].reduce((sum, length) => sum + length, 0)
  expect(usage.keptBytes).toBeLessThan(photosBytes * 1.3)
  for (const { id, request } of records) {
    const expected = sent.get(request.body.parts?.[1]?.size ?? 0)
    const recorded = await (await proxy.get(`/api/debug/records/${id}/parts/1`)).arrayBuffer()
    expect(expected?.equals(Buffer.from(recorded)), `record ${id}`).toBe(true)
  }
})
