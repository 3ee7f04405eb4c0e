import { afterEach, expect, test } from 'vitest'
import { BackendRegistry } from '../../../../src-main/backends/backend.ts'
import type { Learned } from '../../../../src-main/predict/schedule/backend-load.ts'
import { BackendLoads } from '../../../../src-main/predict/schedule/backend-loads.ts'
import type { StateKey } from '../../../../src-main/settings/state-file.ts'
import { EMPTY_CONFIG, type BackendConfig } from '../../../../src-shared/config/schema.ts'

const registry = new BackendRegistry()
const GPU = { name: 'gpu', url: 'http://127.0.0.1:1' }
const LEARNED: Learned = { slots: { limit: 5, seenSlots: 4 }, speeds: { 'clip/visual': { steadyMs: 40 } } }

afterEach(() => registry.close())

/** The loads of a configuration with one backend. */
function using(loads: BackendLoads, backend: BackendConfig) {
  const snapshot = registry.apply({ ...EMPTY_CONFIG, backends: [backend] })
  loads.apply(snapshot.backends)
  const found = snapshot.get(backend.name)
  if (found === undefined) throw new Error(`no backend ${backend.name}`)
  return loads.of(found)
}

test('the same name and URL keep their load, whatever else changes; the number that was set is adopted', () => {
  const loads = new BackendLoads()
  const load = using(loads, { ...GPU, maxConcurrent: 3 })
  expect(load.slots).toBe(3)
  expect(using(loads, { ...GPU, headers: { authorization: 'x' }, maxConcurrent: 'auto' })).toBe(load)
  expect(load.slots).toBe(2)
  expect(using(loads, { ...GPU, url: 'http://127.0.0.1:2' })).not.toBe(load)
})

test('what was learned before is known again for its name and URL alone', () => {
  const remembered = ({ name, url }: StateKey): Learned | undefined =>
    name === GPU.name && url === GPU.url ? LEARNED : undefined
  const loads = new BackendLoads(remembered)
  const load = using(loads, GPU)
  expect(load.slots).toBe(5)
  expect(load.answerMs).toEqual({ 'clip/visual': 40 })
  expect(loads.learned()).toEqual([{ ...GPU, value: LEARNED }])
  expect(using(loads, { ...GPU, url: 'http://127.0.0.1:2' }).slots).toBe(2)
  expect(loads.learned()).toEqual([])
})
