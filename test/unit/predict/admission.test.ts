import { expect, test } from 'vitest'
import { Cancellation } from '../../../src-main/platform/cancellation.ts'
import { Admission } from '../../../src-main/predict/admission.ts'
import {
  MAX_HELD_BYTES,
  MAX_PREDICTIONS_IN_FLIGHT,
  MAX_UNANNOUNCED_BODY_BYTES,
} from '../../../src-main/predict/limits.ts'
import { QueuePositions } from '../../../src-main/predict/queue.ts'
import { SMALL_BODY_BYTES } from '../../../src-main/wire/limits.ts'

const never = new Cancellation()

test('the whole announced length is reserved before the first byte', async () => {
  const admission = new Admission()
  const positions = new QueuePositions()
  const permit = await admission.acquireBytes(90_000_000, positions.take(), never)
  expect(admission.heldBytes.used).toBe(90_000_000)
  permit.release()
  expect(admission.heldBytes.used).toBe(0)
})

test('a body without a length reserves the most that it may have; as many as may be in flight fit', async () => {
  const admission = new Admission()
  const positions = new QueuePositions()
  for (let count = 0; count < MAX_PREDICTIONS_IN_FLIGHT; count++) {
    await admission.acquireBytes(undefined, positions.take(), never)
  }
  expect(admission.heldBytes.used).toBe(MAX_PREDICTIONS_IN_FLIGHT * MAX_UNANNOUNCED_BODY_BYTES)
  expect(admission.heldBytes.used).toBe(MAX_HELD_BYTES)
})

test('a body too small for a photo is let in while photos fill the memory', async () => {
  const admission = new Admission({ heldBytes: 1_000, timeoutMs: 10_000 })
  const positions = new QueuePositions()
  await admission.acquireBytes(100_000, positions.take(), never)
  await admission.acquireBytes(SMALL_BODY_BYTES, positions.take(), never)
  expect(admission.heldBytes.used).toBe(100_000)
  const client = new Cancellation()
  const photo = admission.acquireBytes(SMALL_BODY_BYTES + 1, positions.take(), client)
  expect(admission.waiting).toBe(1)
  client.cancel()
  await expect(photo).rejects.toThrow()
})
