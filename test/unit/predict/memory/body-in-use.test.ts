/** A prediction settles after all its attempts: its buffer is released then, and they read it. */
import { expect, test, vi } from 'vitest'
import { BackendRegistry } from '../../../../src-main/backends/backend.ts'
import { HealthMonitor } from '../../../../src-main/backends/monitor.ts'
import { Cancellation } from '../../../../src-main/platform/cancellation.ts'
import { silentLogger } from '../../../../src-main/platform/log.ts'
import { BackendSlots } from '../../../../src-main/predict/backend-slots.ts'
import { Dispatcher } from '../../../../src-main/predict/dispatcher.ts'
import { Predictor } from '../../../../src-main/predict/predictor.ts'
import type { Outcome } from '../../../../src-main/predict/progress.ts'
import { Recorder } from '../../../../src-main/traffic/recorder.ts'
import { parseEntries } from '../../../../src-main/wire/entries.ts'
import { JOBS } from '../../../support/immich-client.ts'

const ENTRIES = JSON.stringify({ ...JOBS.searchImage, ...JOBS.ocr })

test('a defect in one dispatch does not end a prediction while another dispatch is sending', async () => {
  const registry = new BackendRegistry()
  registry.apply({
    defaultBackend: 'gpu',
    backends: ['gpu', 'nas'].map((name) => ({ name, url: `http://${name}.invalid` })),
    taskRouting: { ocr: 'nas' },
    modelTypeRouting: {},
    taskRoutingPolicy: {},
    modelTypeRoutingPolicy: {},
  })
  const slots = new BackendSlots()
  const monitor = new HealthMonitor({ registry, log: silentLogger(), hops: 'test', waiting: () => 0 })
  const dispatcher = new Dispatcher({ monitor, slots, recorder: new Recorder({ enabled: false }) })
  const defect = new Error('a defect')
  let finish: (outcome: Outcome) => void = () => undefined
  const sending = new Promise<Outcome>((resolve) => (finish = resolve))
  const run = vi.spyOn(dispatcher, 'run').mockRejectedValueOnce(defect).mockReturnValueOnce(sending)

  const settled = vi.fn()
  const chunk = Buffer.from('body')
  const predicting = new Predictor({ registry, dispatcher })
    .predict({
      body: {
        entriesText: ENTRIES,
        withEntries: () => ({ chunks: [chunk], length: chunk.length, contentType: '' }),
      },
      entries: parseEntries(ENTRIES),
      headers: [],
      position: { isText: false, number: 1 },
      cancellation: new Cancellation(),
      traceId: undefined,
      startedAt: performance.now(),
    })
    .finally(settled)
  const outcome = expect(predicting).rejects.toBe(defect)
  // Longer than a rejection takes to pass through.
  await new Promise((resolve) => setImmediate(resolve))
  expect(run).toHaveBeenCalledTimes(2)
  expect(settled).not.toHaveBeenCalled()
  finish({ kind: 'aborted' })
  await outcome
  await registry.close()
})
