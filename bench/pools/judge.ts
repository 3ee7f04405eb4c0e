/** The targets of sharing, judged by the figures of one run. Pure. */
import { figures, percentile, STEP_MS, type Figures } from '../../test/support/simulation/run.ts'
import { fastestMs, slotsOf, sumOf, type Shape } from '../../test/support/simulation/shapes.ts'
import { median } from '../rounds.ts'
import type { Target } from '../targets.ts'
import { WHO, type Run, type Who } from './lanes.ts'

/** All measurements of one lane at one number in flight, one a round. */
export interface Cell {
  readonly shape: Shape
  readonly inFlight: number
  readonly who: Who
  readonly runs: readonly Run[]
}

/** What a lane had learned after its first load. */
export interface LearnedSlots {
  readonly shape: Shape
  readonly who: Who
  readonly slots: Readonly<Record<string, number>> | undefined
}

export interface Results {
  readonly cells: readonly Cell[]
  readonly learned: readonly LearnedSlots[]
}

/** How long after a change the machines must be used again, milliseconds. */
const SETTLED_AFTER_MS = 5_000
/** How far two measurements of the same thing may differ; a limit counts as kept within this tolerance. */
const NOISE = 0.02

const MIN_SUM = 0.9
const MIN_OF_PEERS = 0.95
const MAX_TEXT_IN_IMAGES = 3
const MIN_OF_UNLIMITED = 0.97
const MIN_SETTLED = 0.9

/** The figures over all rounds: medians of the rates, percentiles of all answers. */
export function cellFigures({ runs }: Cell): Figures & { textP50Ms: number; lost: number } {
  const each = runs.map((run) => figures(run))
  const times = (isText: boolean): number[] =>
    runs.flatMap(({ answers }) =>
      answers.flatMap(({ kind, tookMs }) => (kind.isText === isText ? tookMs : [])),
    )
  const [texts, images] = [times(true), times(false)]
  return {
    imagesPerSecond: median(each.map(({ imagesPerSecond }) => imagesPerSecond)),
    workPerSecond: median(each.map(({ workPerSecond }) => workPerSecond)),
    textP50Ms: percentile(texts, 50),
    textP95Ms: percentile(texts, 95),
    imageP95Ms: percentile(images, 95),
    lost: runs.reduce((sum, { lost }) => sum + lost, 0),
  }
}

function find(cells: readonly Cell[], of: Cell, who: Who): Cell | undefined {
  return cells.find((cell) => cell.shape === of.shape && cell.inFlight === of.inFlight && cell.who === who)
}

/** The ratio of two lanes in each round, and then the median. */
function ratio(cell: Cell, others: readonly Cell[], of: (run: Run) => number): number {
  return median(
    cell.runs.map((run, round) => {
      const best = Math.max(
        ...others.map(({ runs }) => (runs[round] === undefined ? Number.NaN : of(runs[round]))),
      )
      return of(run) / best
    }),
  )
}

const work = (run: Run): number => figures(run).workPerSecond
const images = (run: Run): number => figures(run).imagesPerSecond
const times = (value: number): string => `${value.toFixed(2)} ×`

function target(what: string, toReach: string, value: number, isMet: boolean, show = times): Target {
  return { what, target: toReach, measured: show(value), met: isMet }
}

const titleOf = ({ shape, inFlight }: Cell): string => `(${shape.id}) ${inFlight} in flight`

/** More requests in flight than all slots together, so that every machine has work. */
const enoughFor = (shape: Shape): number => (shape.id === 'e' ? slotsOf(shape) : slotsOf(shape) + 1)

function throughputTargets(cells: readonly Cell[]): Target[] {
  return cells.flatMap((cell) => {
    const { shape, inFlight, who } = cell
    if (who !== WHO.bySpeed || shape.changes.length > 0) return []
    const targets: Target[] = []
    if (inFlight >= enoughFor(shape)) {
      const value = cellFigures(cell).workPerSecond / sumOf(shape)
      const what = `${titleOf(cell)}, by-speed`
      targets.push(target(what, `≥ ${MIN_SUM} × the machines' sum`, value, value >= MIN_SUM))
    }
    if (inFlight !== 2) return targets
    const peers = [WHO.nginx, WHO.haproxy].flatMap((peer) => find(cells, cell, peer) ?? [])
    if (peers.length > 0) {
      const value = ratio(cell, peers, work)
      const toReach = `≥ ${MIN_OF_PEERS} × the better of nginx and HAProxy`
      targets.push(target(`${titleOf(cell)}, by-speed`, toReach, value, value >= MIN_OF_PEERS))
    }
    const alone = find(cells, cell, WHO.alone)
    if (alone !== undefined) {
      const value = ratio(cell, [alone], work)
      const toReach = `≥ 1 × the fastest machine alone (± ${NOISE})`
      targets.push(target(`${titleOf(cell)}, by-speed`, toReach, value, value >= 1 - NOISE))
    }
    return targets
  })
}

function textTargets(cells: readonly Cell[]): Target[] {
  return cells.flatMap((cell) => {
    const { shape, who } = cell
    if ((who !== WHO.bySpeed && who !== WHO.auto) || shape.changes.length > 0) return []
    const { textP95Ms } = cellFigures(cell)
    const value = textP95Ms / fastestMs(shape)
    const toReach = `text p95 ≤ ${MAX_TEXT_IN_IMAGES} × one image on the fastest machine`
    const peers = [WHO.nginx, WHO.haproxy].flatMap((peer) => find(cells, cell, peer) ?? [])
    const theirs = peers.map((peer) => `${(cellFigures(peer).textP95Ms / fastestMs(shape)).toFixed(1)} ×`)
    const show = (own: number): string =>
      `${own.toFixed(1)} × (${Math.round(textP95Ms)} ms${theirs.length === 0 ? '' : `; peers ${theirs.join(', ')}`})`
    return [target(`${titleOf(cell)}, ${who}`, toReach, value, value <= MAX_TEXT_IN_IMAGES, show)]
  })
}

function limitTargets(cells: readonly Cell[]): Target[] {
  return cells.flatMap((cell) => {
    const unlimited = find(cells, cell, WHO.unlimited)
    if (cell.who !== WHO.auto || unlimited === undefined) return []
    const value = ratio(cell, [unlimited], images)
    const toReach = `≥ ${MIN_OF_UNLIMITED} × the images/s without a limit`
    return [target(`${titleOf(cell)}, ${cell.who}`, toReach, value, value >= MIN_OF_UNLIMITED)]
  })
}

function slotTargets(learned: readonly LearnedSlots[]): Target[] {
  return learned.flatMap(({ shape, who, slots }) => {
    if ((who !== WHO.bySpeed && who !== WHO.auto) || slots === undefined) return []
    const far = shape.machines.filter((machine) => Math.abs((slots[machine.name] ?? 0) - machine.slots) > 1)
    const shown = shape.machines.map(({ name, slots: own }) => `${name} ${slots[name] ?? '–'} (has ${own})`)
    return [
      {
        what: `(${shape.id}) ${who}, learned slots`,
        target: 'within one of the machine’s own',
        measured: shown.join(', '),
        met: far.length === 0,
      },
    ]
  })
}

/** The shares of what was possible, from 5 s after each change to the next one. */
export function settledShares(cell: Cell): number[] {
  const { shape, runs } = cell
  const changes = shape.changes.map(({ atMs }) => atMs)
  return [0, ...changes.map((at) => at + SETTLED_AFTER_MS)].map((from, index) =>
    median(
      runs.map((run) => {
        const to = changes[index] ?? run.measureMs
        const steps = run.possible.slice(from / STEP_MS, to / STEP_MS)
        const possible = steps.reduce((sum, each) => sum + each, 0) / steps.length
        return figures(run, from, to).workPerSecond / possible
      }),
    ),
  )
}

function changeTargets(cells: readonly Cell[]): Target[] {
  return cells.flatMap((cell) => {
    const { shape, inFlight, who } = cell
    if (who !== WHO.bySpeed || shape.changes.length === 0 || inFlight < enoughFor(shape)) return []
    const shares = settledShares(cell)
    const { lost } = cellFigures(cell)
    return [
      {
        what: `${titleOf(cell)}, by-speed, before and 5 s after each change`,
        target: `≥ ${MIN_SETTLED} × what is possible then`,
        measured: shares.map((share) => share.toFixed(2)).join(', '),
        met: shares.every((share) => share >= MIN_SETTLED),
      },
      { what: `${titleOf(cell)}, by-speed, lost`, target: '0', measured: String(lost), met: lost === 0 },
    ]
  })
}

export function judge({ cells, learned }: Results): Target[] {
  return [
    ...throughputTargets(cells),
    ...textTargets(cells),
    ...limitTargets(cells),
    ...slotTargets(learned),
    ...changeTargets(cells),
  ]
}
