/** Runs a load on a router on the simulated clock, and collects the outcome. */
import { randomFrom, SimulatedClock } from './clock.ts'
import { IMAGE, Machine, TEXT, type Kind } from './machine.ts'
import { HOP_MS, type Router } from './routers.ts'
import { GAME_FACTOR, SLOWER_FACTOR, type Change, type Shape } from './shapes.ts'

export interface LoadOptions {
  /** Images in flight at any time. */
  readonly inFlight: number
  /** A text query is sent this often, milliseconds; none where 0. */
  readonly textEveryMs?: number
  /** Before the measurement, milliseconds. */
  readonly warmUpMs?: number
  readonly measureMs: number
  /** What a client does between an answer and its next image, milliseconds. */
  readonly thinkMs?: number
  /** What each client sends, in turn; images for search where absent. */
  readonly kinds?: readonly Kind[]
  readonly seed?: number
}

/** One answer. */
export interface Answer {
  readonly kind: Kind
  /** Milliseconds after the start of the measurement. */
  readonly at: number
  readonly tookMs: number
}

export interface Outcome {
  readonly answers: readonly Answer[]
  readonly lost: number
  readonly measureMs: number
  readonly machines: readonly Machine[]
  /** The learned slots each half second. */
  readonly slots: readonly Readonly<Record<string, number>>[]
  /** Images a second that the machines could do, each half second. */
  readonly possible: readonly number[]
}

export const STEP_MS = 500

function apply(change: Change, machines: readonly Machine[]): void {
  const machine = machines.find(({ options }) => options.name === change.machine)
  if (machine === undefined) throw new Error(`No machine is called ${change.machine}`)
  switch (change.kind) {
    case 'slow':
      machine.slowness = GAME_FACTOR
      return
    case 'slower':
      machine.slowness *= SLOWER_FACTOR
      return
    case 'normal':
      machine.slowness = 1
      return
    case 'die':
      machine.die()
      return
    case 'return':
      machine.comeBack()
  }
}

/** Runs a closed loop of images with texts beside it. */
export function simulate(
  shape: Pick<Shape, 'machines' | 'changes'>,
  route: (clock: SimulatedClock, machines: readonly Machine[]) => Router,
  options: LoadOptions,
): Outcome {
  const {
    inFlight,
    textEveryMs = 150,
    warmUpMs = 30_000,
    measureMs,
    thinkMs = 0,
    seed = 1,
    kinds = [IMAGE],
  } = options
  const clock = new SimulatedClock()
  const random = randomFrom(seed)
  const machines = shape.machines.map((each) => new Machine(each, clock, random))
  const router = route(clock, machines)
  const answers: Answer[] = []
  let lost = 0
  const send = (kind: Kind, then: () => void): void => {
    const sentAt = clock.now
    clock.after(HOP_MS, () =>
      router.request(kind, (ok) =>
        clock.after(HOP_MS, () => {
          if (!ok) lost++
          else if (clock.now >= warmUpMs)
            answers.push({ kind, at: clock.now - warmUpMs, tookMs: clock.now - sentAt })
          then()
        }),
      ),
    )
  }
  for (let index = 0; index < inFlight; index++) {
    const kind = kinds[index % kinds.length] ?? IMAGE
    const loop = (): void => send(kind, () => clock.after(thinkMs, loop))
    clock.after(index, loop)
  }
  const texts = (): void => {
    send(TEXT, () => undefined)
    clock.after(textEveryMs, texts)
  }
  if (textEveryMs > 0) texts()
  for (const change of shape.changes) clock.at(warmUpMs + change.atMs, () => apply(change, machines))
  clock.runUntil(warmUpMs)
  const slots: Record<string, number>[] = []
  const possible: number[] = []
  for (let at = STEP_MS; at <= measureMs; at += STEP_MS) {
    possible.push(machines.reduce((sum, machine) => sum + machine.perSecond, 0))
    clock.runUntil(warmUpMs + at)
    slots.push({ ...router.slots() })
  }
  return { answers, lost, measureMs, machines, slots, possible }
}

/** The value below which so many per cent of the values lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

export interface Figures {
  readonly imagesPerSecond: number
  /** A text counted as half an image, and others by their times. */
  readonly workPerSecond: number
  readonly textP95Ms: number
  readonly imageP95Ms: number
}

/** The figures of an outcome between two times. */
export function figures(
  outcome: Pick<Outcome, 'answers' | 'measureMs'>,
  fromMs = 0,
  toMs = outcome.measureMs,
): Figures {
  const answers = outcome.answers.filter(({ at }) => at >= fromMs && at < toMs)
  const times = (isText: boolean): number[] =>
    answers.flatMap(({ kind, tookMs }) => (kind.isText === isText ? tookMs : []))
  const seconds = (toMs - fromMs) / 1_000
  const [images, texts] = [times(false), times(true)]
  const work = answers.reduce((sum, { kind }) => sum + kind.factor, 0)
  return {
    imagesPerSecond: images.length / seconds,
    workPerSecond: work / seconds,
    textP95Ms: percentile(texts, 95),
    imageP95Ms: percentile(images, 95),
  }
}
