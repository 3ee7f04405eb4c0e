/** What sharing comes to: the shapes of home on the simulated clock, beside the fastest machine alone and a peer. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Share } from '../../../../src-shared/config/pool-schema.ts'
import { LeastConnections, Ours, type OursOptions } from '../../../support/simulation/routers.ts'
import {
  figures,
  simulate,
  STEP_MS,
  type LoadOptions,
  type Outcome,
} from '../../../support/simulation/run.ts'
import { fastestMs, SHAPES, sumOf, type Shape } from '../../../support/simulation/shapes.ts'

const IN_FLIGHT = [2, 4, 8, 16]

function shape(id: string): Shape {
  const found = SHAPES.find((each) => each.id === id)
  if (found === undefined) throw new Error(`No shape ${id}`)
  return found
}

type Machines = Pick<Shape, 'machines' | 'changes'>

const ours = (of: Machines, options: OursOptions, load: LoadOptions): Outcome =>
  simulate(of, (clock, machines) => new Ours(clock, machines, options), load)

const bySpeed = (of: Machines, load: LoadOptions): Outcome => ours(of, { share: 'by-speed' }, load)

/** The fastest machine without the others, nobody in between. */
const alone = ({ machines }: Machines, load: LoadOptions): Outcome =>
  simulate(
    {
      machines: [...machines].sort((a, b) => a.imageMs / a.slots - b.imageMs / b.slots).slice(0, 1),
      changes: [],
    },
    (clock, all) => new LeastConnections(clock, all),
    load,
  )

const SECONDS = 30_000
const load = (inFlight: number, more: Partial<LoadOptions> = {}): LoadOptions => ({
  inFlight,
  measureMs: SECONDS,
  seed: inFlight,
  ...more,
})

/** Whether the learned slots of every machine were within one of its own, nearly all the time. */
function expectSlots(of: Shape, outcome: Outcome): void {
  for (const { name, slots } of of.machines) {
    const near = outcome.slots.filter((each) => Math.abs((each[name] ?? 0) - slots) <= 1)
    expect(near.length / outcome.slots.length, `slots of ${name}`).toBeGreaterThanOrEqual(0.9)
  }
}

describe.each(['a', 'b', 'e'])('by-speed over several machines, shape %s', (id) => {
  const of = shape(id)
  const enough = of.id === 'b' ? 8 : 4

  test.each(IN_FLIGHT)('%i in flight', (inFlight) => {
    const outcome = bySpeed(of, load(inFlight))
    const { workPerSecond, textP95Ms } = figures(outcome)
    if (inFlight >= enough) {
      expect(workPerSecond / sumOf(of)).toBeGreaterThanOrEqual(0.9)
      expectSlots(of, outcome)
    }
    expect(textP95Ms).toBeLessThanOrEqual(3 * fastestMs(of))
    // Never under the fastest machine alone: half a per cent is what looking at the others may cost.
    expect(workPerSecond / figures(alone(of, load(inFlight))).workPerSecond).toBeGreaterThanOrEqual(0.985)
    expect(outcome.lost).toBe(0)
  })

  test('2 in flight, beside the better of the peers', () => {
    const peers = (['in-turn', 'longest-unchanged'] as const).map(
      (ties) =>
        figures(simulate(of, (clock, machines) => new LeastConnections(clock, machines, ties), load(2)))
          .workPerSecond,
    )
    expect(figures(bySpeed(of, load(2))).workPerSecond / Math.max(...peers)).toBeGreaterThanOrEqual(0.95)
  })

  test.each([10, 50])('clients that pause for %i ms lose nothing to the slow ones', (thinkMs) => {
    for (const inFlight of [2, 4, 8]) {
      const both = [bySpeed(of, load(inFlight, { thinkMs })), alone(of, load(inFlight, { thinkMs }))] as const
      const [shared, fast] = [figures(both[0]).imagesPerSecond, figures(both[1]).imagesPerSecond]
      expect(shared / fast, `${inFlight} in flight`).toBeGreaterThanOrEqual(0.96)
    }
  })
})

describe.each(['c', 'd'])('one machine, shape %s', (id) => {
  const of = shape(id)

  test.each(IN_FLIGHT)('%i in flight: learned slots beside no limit', (inFlight) => {
    const outcome = ours(of, { share: 'round-robin' }, load(inFlight))
    const unlimited = ours(of, { share: 'round-robin', maxConcurrent: 1_000 }, load(inFlight))
    const { imagesPerSecond, textP95Ms } = figures(outcome)
    expect(imagesPerSecond / figures(unlimited).imagesPerSecond).toBeGreaterThanOrEqual(0.97)
    expect(textP95Ms).toBeLessThanOrEqual(3 * fastestMs(of))
    expectSlots(of, outcome)
  })
})

describe.each(['f', 'g'])('by-speed while a machine changes, shape %s', (id) => {
  const of = shape(id)
  const length = of.lengthMs ?? SECONDS

  test.each([4, 8, 16])('%i in flight: 5 s after each change at 0.9 of what is possible then', (inFlight) => {
    const outcome = bySpeed(of, load(inFlight, { measureMs: length }))
    const changes = of.changes.map(({ atMs }) => atMs)
    for (const [index, from] of [0, ...changes.map((at) => at + 5_000)].entries()) {
      const to = changes[index] ?? length
      const steps = outcome.possible.slice(from / STEP_MS, to / STEP_MS)
      const possible = steps.reduce((sum, each) => sum + each, 0) / steps.length
      expect(figures(outcome, from, to).workPerSecond / possible, `from ${from}`).toBeGreaterThanOrEqual(0.9)
    }
    expect(outcome.lost).toBe(0)
  })

  test('2 in flight: the machine is used again', () => {
    const outcome = bySpeed(of, load(2, { measureMs: length }))
    const before = figures(outcome, 0, 12_000).workPerSecond
    const back = (of.changes.at(-1)?.atMs ?? 0) + 10_000
    expect(figures(outcome, back, length).workPerSecond / before).toBeGreaterThanOrEqual(0.9)
  })
})

const machines = fc.array(
  fc.record({
    imageMs: fc.integer({ min: 20, max: 300 }),
    slots: fc.integer({ min: 1, max: 3 }),
    coldMs: fc.constantFrom(0, 1_500),
  }),
  { minLength: 2, maxLength: 4 },
)

/** Machines with names. */
const home = (of: readonly { imageMs: number; slots: number; coldMs: number }[]): Machines => ({
  machines: of.map((each, index) => ({ ...each, name: `m${index}`, jitter: 0.3, startsCold: true })),
  changes: [],
})

describe('for random machines', () => {
  const RUNS = { numRuns: 12, seed: 16 }

  test('all of them are busy while there is work for all', () => {
    fc.assert(
      fc.property(machines, fc.nat(1_000_000), (of, seed) => {
        const all = home(of)
        const slots = of.reduce((sum, each) => sum + each.slots, 0)
        const sum = of.reduce((total, { imageMs, slots: own }) => total + (1_000 * own) / imageMs, 0)
        const outcome = bySpeed(all, { inFlight: 3 * slots, measureMs: SECONDS, seed, textEveryMs: 1_000 })
        expect(figures(outcome).workPerSecond / sum).toBeGreaterThanOrEqual(0.9)
      }),
      RUNS,
    )
  })

  test.each<Share>(['round-robin', 'by-speed'])(
    'every image is answered in the end, none waits for ever (%s)',
    (share) => {
      fc.assert(
        fc.property(machines, fc.integer({ min: 1, max: 24 }), fc.nat(1_000_000), (of, inFlight, seed) => {
          const outcome = ours(home(of), { share }, { inFlight, measureMs: SECONDS, seed })
          const slowest = Math.max(...of.map(({ imageMs, slots }) => imageMs / slots))
          const took = outcome.answers.map(({ tookMs }) => tookMs)
          // All that is in flight on the slowest machine, twice over.
          expect(Math.max(...took)).toBeLessThanOrEqual(2 * (inFlight + 4) * slowest + 2_000)
          expect(outcome.lost).toBe(0)
        }),
        RUNS,
      )
    },
  )
})
