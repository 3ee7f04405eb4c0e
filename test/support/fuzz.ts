/**
 * `npm run fuzz -- --bodies=100000`: sends broken bodies of every kind to a proxy of its own on loopback and demands
 * that each gets an answer below 500 or a handed-on one, and that the proxy still predicts afterwards. Bounded by
 * the count; the seed is printed, so that a run can be repeated.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { request } from 'undici'
import { JOBS, predict } from './immich-client.ts'
import { multipartBody, type Part } from './multipart.ts'
import { configOf, startProxy } from './proxy.ts'
import { startBackend } from './simulated-backend.ts'

const { values } = parseArgs({
  options: { bodies: { type: 'string', default: '100000' }, seed: { type: 'string' } },
})
const total = Number(values.bodies)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const IN_FLIGHT = 16

const boundaries = fc.constantFrom('b', '----formdata-undici-043847285935', 'a'.repeat(70))
const entriesTexts = fc.oneof(
  { weight: 6, arbitrary: fc.constant(JSON.stringify(JOBS.searchText)) },
  fc.json(),
  fc.string(),
  fc.constant('{"__proto__":{"a":{}}}'),
  fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.object())).map((value) => JSON.stringify(value)),
)
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string().map((text) => Buffer.from(text)),
)
const parts: fc.Arbitrary<Part> = fc.oneof(
  entriesTexts.map((text) => ({ name: 'entries', content: Buffer.from(text) })),
  contents.map((content) => ({ name: 'text', content })),
  contents.map((content) => ({ name: 'image', filename: 'blob', content })),
  fc.record({ name: fc.string({ maxLength: 20 }), content: contents }),
)
/** What is done to a well-formed body. */
const damages = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constant('flip' as const),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    byte: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({ kind: fc.constant('random' as const), bytes: fc.uint8Array({ maxLength: 400 }) }),
)
const types = fc.oneof(
  { weight: 20, arbitrary: fc.constant('multipart/form-data; boundary=') },
  { weight: 1, arbitrary: fc.constant('multipart/form-data; boundary="') },
  { weight: 1, arbitrary: fc.constant('text/plain; ') },
)
const bodies = fc
  .record({ boundary: boundaries, list: fc.array(parts, { maxLength: 4 }), damage: damages, type: types })
  .map(({ boundary, list, damage, type }) => {
    const body = multipartBody(boundary, list)
    if (damage.kind === 'cut')
      return { type: type + boundary, body: body.subarray(0, body.length * damage.at) }
    if (damage.kind === 'random') return { type: type + boundary, body: Buffer.from(damage.bytes) }
    if (damage.kind === 'flip') body[Math.floor(body.length * damage.at)] = damage.byte
    return { type: type + boundary, body }
  })

const gpu = await startBackend({ name: 'gpu', dimensions: 4 })
const nas = await startBackend({ name: 'nas', dimensions: 4 })
const proxy = await startProxy()
await proxy.configure(configOf([gpu, nas], { taskRouting: { clip: 'nas' } }))

const statuses = new Map<number, number>()
const failures: string[] = []
const started = performance.now()
// A stream of samples, in portions that fit into memory.
const PORTION = 1_000
let sent = 0
for (let portion = 0; sent < total; portion++) {
  const samples = fc.sample(bodies, { numRuns: Math.min(PORTION, total - sent), seed: seed + portion })
  sent += samples.length
  const queue = samples.values()
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (const { type, body } of queue) {
        const answer = await request(new URL('/predict', proxy.url), {
          method: 'POST',
          headers: { 'content-type': type },
          body,
        })
        await answer.body.dump()
        const { statusCode } = answer
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
        // 500 is the simulated backend's own for an unknown task; the proxy's own is JSON.
        const own500 = statusCode === 500 && String(answer.headers['content-type']).includes('json')
        if (own500) failures.push(`${type}: ${body.toString('base64')}`)
      }
    }),
  )
}
const alive = await predict(proxy.url, JOBS.searchText, 'still there')
const seconds = ((performance.now() - started) / 1000).toFixed(1)
const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
console.log(
  `seed ${seed}, ${sent} bodies in ${seconds} s; ${counts.join(', ')}; afterwards a prediction: ${alive.status}`,
)
for (const failure of failures.slice(0, 5)) console.error(`the proxy's own 500 for ${failure}`)
await proxy.stop()
await Promise.all([gpu.stop(), nas.stop()])
process.exit(failures.length === 0 && alive.status === 200 ? 0 : 1)
