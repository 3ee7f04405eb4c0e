/** The set-ups on which sharing is judged: the machines of a home, and what happens to them. */
import type { MachineOptions } from './machine.ts'

export interface Change {
  /** Milliseconds after the start of the measurement. */
  readonly atMs: number
  readonly machine: string
  readonly kind: 'slow' | 'slower' | 'normal' | 'die' | 'return'
}

export interface Shape {
  readonly id: string
  readonly title: string
  readonly machines: readonly MachineOptions[]
  readonly changes: readonly Change[]
  /** Milliseconds of a measurement that has changes. */
  readonly lengthMs?: number
}

/** By how much longer everything takes a machine whose owner plays. */
export const GAME_FACTOR = 3
/** By how much longer with each `slower`. */
export const SLOWER_FACTOR = 1.2
const JITTER = 0.3

const machine = (name: string, imageMs: number, slots: number, coldMs = 0): MachineOptions => ({
  name,
  imageMs,
  slots,
  coldMs,
  jitter: JITTER,
})

export const SHAPES: readonly Shape[] = [
  {
    id: 'a',
    title: '30 ms × 1, 400 ms × 2',
    machines: [machine('gpu', 30, 1), machine('nas', 400, 2)],
    changes: [],
  },
  {
    id: 'b',
    title: '60 ms × 4, 150 ms × 1, 600 ms × 2',
    machines: [machine('gpu', 60, 4), machine('mini', 150, 1), machine('nas', 600, 2)],
    changes: [],
  },
  { id: 'c', title: '40 ms × 1 alone', machines: [machine('gpu', 40, 1)], changes: [] },
  { id: 'd', title: '80 ms × 4 alone', machines: [machine('gpu', 80, 4)], changes: [] },
  {
    id: 'e',
    title: 'two of 60 ms × 2',
    machines: [machine('one', 60, 2), machine('two', 60, 2)],
    changes: [],
  },
  {
    id: 'f',
    title: '30 ms × 1 that becomes 90 ms, 120 ms × 2',
    machines: [machine('gpu', 30, 1), machine('mini', 120, 2)],
    changes: [
      { atMs: 12_000, machine: 'gpu', kind: 'slow' },
      { atMs: 24_000, machine: 'gpu', kind: 'normal' },
    ],
    lengthMs: 36_000,
  },
  {
    id: 'g',
    title: '40 ms × 1 that dies and loads for 4 s, 120 ms × 2',
    machines: [machine('gpu', 40, 1, 4_000), machine('mini', 120, 2)],
    changes: [
      { atMs: 12_000, machine: 'gpu', kind: 'die' },
      { atMs: 24_000, machine: 'gpu', kind: 'return' },
    ],
    lengthMs: 40_000,
  },
]

/** Slots of all machines together. */
export const slotsOf = ({ machines }: Shape): number => machines.reduce((sum, { slots }) => sum + slots, 0)

/** Images a second of all machines together. */
export const sumOf = ({ machines }: Shape): number =>
  machines.reduce((sum, { slots, imageMs }) => sum + (1_000 * slots) / imageMs, 0)

/** Milliseconds of one image on the fastest machine. */
export const fastestMs = ({ machines }: Shape): number => Math.min(...machines.map(({ imageMs }) => imageMs))

/** Images a second that the machines can do at a time of a measurement; one that loads its models counts. */
export function possibleAt({ machines, changes }: Pick<Shape, 'machines' | 'changes'>, atMs: number): number {
  return machines.reduce((sum, { name, slots, imageMs }) => {
    const last = changes.filter((change) => change.machine === name && change.atMs <= atMs).at(-1)?.kind
    if (last === 'die') return sum
    return sum + (1_000 * slots) / (imageMs * (last === 'slow' ? GAME_FACTOR : 1))
  }, 0)
}
