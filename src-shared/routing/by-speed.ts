/**
 * The share `by-speed`: keeps every machine busy while that shortens the whole work. Pure; times are milliseconds.
 *
 * A request goes to the backend that is expected to answer it first. Where that one is full, the request waits for it.
 * Texts follow this rule alone. Images need a second one: with two images in flight, a machine of 30 ms and one of 400 ms,
 * the fast machine always has both done first, and the slow one would never be used. Therefore an image that would queue at
 * the fastest backend goes to a slower one with an idle slot, once the faster ones have been busy without a pause for as
 * long as the slower one will take. Work that has lasted for so long is expected to last as long again, so that the slow
 * machine finishes its image before the fast ones finish theirs. A handful of photos ends before that, and none of them
 * has to wait for the slow machine.
 */
import { ABOUT_AS_SOON, TRY_AGAIN_AFTER, TRY_COSTS_LEAST } from './limits.ts'

/** The expected times of one backend for one request. */
export interface Speed {
  /** Time of an answer to this request without a queue before it, the loading of its model included. */
  readonly serviceMs: number
  /** The same once its model is loaded. */
  readonly steadyMs: number
  /** The number of requests that the machine works on at a time; any more queue inside it. */
  readonly ownSlots: number
  /** Requests in flight there, and those in the proxy's queue that are expected to be sent there before this one. */
  readonly ahead: number
  /** Those of them that are images. */
  readonly imagesAhead: number
  /** Time until the first of the requests that it works on is done. */
  readonly firstDoneMs: number
  /** Time of the requests before this one that are not begun, in the machine's queue and in the proxy's. */
  readonly queuedMs: number
  /** For how long images have taken all of its own slots without a pause. */
  readonly busyMs: number
  /** Whether it got a request of this kind before. */
  readonly isTried: boolean
  /** Time of the requests of this kind that other backends got since it had one, summed up. */
  readonly passedOverMs: number
}

/** A backend that may take the request. */
export interface Racer {
  readonly inFlight: number
  readonly hasFreeSlot: boolean
  readonly speed: Speed
}

/** The pauses of a pool's clients between an answer and their next image. */
export interface Rhythm {
  /** The mean pause. */
  readonly pauseMs: number
  /** The number of clients that pause now. */
  readonly pausing: number
}

/** The expected time until the answer to a request that queues behind all others on a backend, milliseconds. */
export function expectedFinish(speed: Speed): number {
  const { ahead, ownSlots, firstDoneMs, queuedMs, serviceMs } = speed
  return ahead < ownSlots ? serviceMs : firstDoneMs + queuedMs / ownSlots + serviceMs
}

interface Ranked<R extends Racer = Racer> {
  readonly racer: R
  readonly finish: number
}

const hasIdleSlot = ({ speed }: Racer): boolean => speed.ahead < speed.ownSlots

/**
 * The throughput of some slots for a number of clients, images per millisecond. Each client pauses between an answer and
 * its next image. The recursion of mean value analysis (Reiser and Lavenberg, 1980): an arriving image finds the mean
 * number of images of a system with one client less, and waits for those beyond the slots.
 * @returns the throughput with one client less, and with all of them
 */
function throughput(clients: number, slots: number, serviceMs: number, pauseMs: number): [number, number] {
  let present = 0
  let [before, perMs] = [0, 0]
  for (let count = 1; count <= clients; count++) {
    const answerMs = serviceMs * (1 + Math.max(0, present - slots + 1) / slots)
    before = perMs
    perMs = count / (answerMs + pauseMs)
    present = perMs * answerMs
  }
  return [before, perMs]
}

/**
 * Whether the idle slot of `slower` increases the throughput of images. Its client sends the next image only after the
 * answer, so the faster backends lose this client meanwhile: their loss must be smaller than the gain of the slower one.
 * Texts in flight do not count as clients: a text is done in a moment, after which the fast machine would idle.
 */
function isHelp(slower: Ranked, faster: readonly Racer[], { pauseMs, pausing }: Rhythm): boolean {
  let [slots, perMs, others] = [0, 0, pausing]
  for (const { speed } of faster) {
    if (speed.busyMs < slower.finish) return false
    slots += speed.ownSlots
    perMs += speed.ownSlots / speed.steadyMs
    others += speed.imagesAhead
  }
  const [without, withIt] = throughput(others + 1, slots, slots / perMs, pauseMs)
  return 1 / (slower.racer.speed.steadyMs + pauseMs) > withIt - without
}

/**
 * Whether a backend gets a request although another is expected to be faster, to measure its time. A backend that never
 * had an image gets one at once. A backend that will be faster once its models are loaded gets a request when the requests
 * that it did not get took as much time as the loading may cost: else its 5 s of loading would keep an hour of photos on
 * the slow machine. Any other backend gets one now and then: it may have become faster, as after a game, and only a
 * request shows it.
 */
function isToBeTried({ racer, finish }: Ranked, best: Ranked, isText: boolean): boolean {
  const { isTried, passedOverMs, serviceMs, steadyMs } = racer.speed
  const isWorthLoading = steadyMs < Math.min(serviceMs, best.finish)
  if (!racer.hasFreeSlot) return false
  if (!isTried && !isText) return true
  const times = isTried && !isWorthLoading ? TRY_AGAIN_AFTER : 1
  return passedOverMs > times * Math.max(finish - best.finish, finish * TRY_COSTS_LEAST)
}

/** The requests on a backend per slot of its own. */
const fullness = ({ racer: { speed } }: Ranked): number => speed.ahead / speed.ownSlots

/**
 * Orders the backends by when they are expected to answer. The times of two equal machines differ by chance: of the backends
 * that answer an image about as soon as the first and have a free slot, the one with the least load per slot comes first.
 */
function rank<R extends Racer>(racers: readonly R[], isText: boolean): Ranked<R>[] {
  const ranked = racers
    .map((racer) => ({ racer, finish: expectedFinish(racer.speed) }))
    .sort((a, b) => a.finish - b.finish)
  if (isText) return ranked
  const soon = (ranked[0]?.finish ?? 0) * ABOUT_AS_SOON
  let best = 0
  ranked.forEach((each, index) => {
    const first = ranked[best]
    // A full one has to be waited for, perhaps for longer than another one takes that has a free slot.
    if (first === undefined || !each.racer.hasFreeSlot || each.finish > soon) return
    if (fullness(each) < fullness(first)) best = index
  })
  return [...ranked.splice(best, 1), ...ranked]
}

/**
 * Chooses the backend that a request goes to, or waits for where it is full.
 * @param racers in the order of the pool, which decides between equals
 */
export function fastest<R extends Racer>(
  racers: readonly R[],
  isText: boolean,
  rhythm: Rhythm,
): R | undefined {
  const ranked = rank(racers, isText)
  const [best] = ranked
  if (best === undefined) return undefined
  const untried = ranked.find((each) => each !== best && isToBeTried(each, best, isText))
  if (untried !== undefined) return untried.racer
  if (isText || hasIdleSlot(best.racer)) return best.racer
  const faster: Racer[] = []
  for (const each of ranked) {
    const { racer } = each
    if (racer.hasFreeSlot && hasIdleSlot(racer) && isHelp(each, faster, rhythm)) return racer
    faster.push(racer)
  }
  return best.racer
}
