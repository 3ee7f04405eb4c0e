import { expect, test } from 'vitest'
import { planHold, type HoldFacts } from '../../../src-main/predict/hold-plan.ts'
import { CONTAINER_START_MS } from '../../../src-main/backends/limits.ts'
import { HOLD_MS, RESET_WAIT_MS, TEXT_HOLD_MS } from '../../../src-main/predict/limits.ts'

const AWAY: HoldFacts = {
  isText: false,
  isWaitedFor: false,
  isComing: false,
  isComingForText: false,
  isStarting: false,
  graceSeconds: 1,
  wasReset: false,
  hasWaited: false,
  beyondMinutes: 0,
}
const plan = (more: Partial<HoldFacts>, heldFrom = 5_000) =>
  planHold({ ...AWAY, ...more }, { startedAt: 1_000, heldFrom })

test('an image has the grace, from when it first found nobody', () => {
  expect(plan({})).toEqual({ until: 6_000, isEarly: false })
  expect(plan({ wasReset: true })).toEqual({ until: 5_000 + RESET_WAIT_MS, isEarly: false })
})

test('the policy wait, or a backend that is coming, holds it until an error can just still be told', () => {
  for (const more of [{ isWaitedFor: true }, { isComing: true }]) {
    expect(plan(more)).toEqual({ until: 1_000 + HOLD_MS, isEarly: false })
  }
})

test('beyondMinutes carries on with early headers, under the policy wait alone', () => {
  const beyondMinutes = 10
  expect(plan({ isWaitedFor: true, beyondMinutes })).toEqual({
    until: 1_000 + HOLD_MS + 600_000,
    isEarly: true,
  })
  expect(plan({ isComing: true, beyondMinutes })?.isEarly).toBe(false)
  expect(plan({ beyondMinutes })).toEqual({ until: 6_000, isEarly: false })
})

test('a text waits for what starts, or wakes for it; else only once for a worker that was reset', () => {
  const text = { isText: true, isWaitedFor: true, isComing: true }
  expect(plan(text)).toBeUndefined()
  expect(plan({ ...text, isComingForText: true })).toEqual({ until: 1_000 + TEXT_HOLD_MS, isEarly: false })
  expect(plan({ ...text, isStarting: true })).toEqual({ until: 1_000 + CONTAINER_START_MS, isEarly: false })
  expect(plan({ isText: true, wasReset: true })).toEqual({ until: 5_000 + RESET_WAIT_MS, isEarly: false })
  expect(plan({ isText: true, wasReset: true, hasWaited: true })).toBeUndefined()
})
