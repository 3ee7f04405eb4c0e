/**
 * The share `by-speed`: every machine busy while there is work for it, each as fast as it can. Pure; times are
 * milliseconds.
 *
 * A request goes where it is answered first, a full backend included: then it waits for that one. For a text query
 * that is all. For images it is not: two images in flight, one machine of 30 ms and one of 400 ms, and the fast one
 * always has both done first, so that the slow one would never help. Therefore an image that would only queue at the
 * fastest backend goes to a slower one with an idle slot, once the faster ones have been busy without a pause for as
 * long as the slower one is going to take: work that has lasted so long is expected to last as long again, and then
 * the slower one has its image done while the faster ones are still at it. Before that, a handful of photos is not
 * held up by one of them lying on the slow machine.
 */
import { ABOUT_AS_SOON, TRY_AGAIN_AFTER, TRY_COSTS_LEAST } from './limits.ts'

/** What is expected of one backend for one request. */
export interface Speed {
  /** Time of an answer to this request without a queue before it, the loading of its model included. */
  readonly serviceMs: number
  /** The same once its model is loaded. */
  readonly steadyMs: number
  /** How many requests the machine works on at a time; what is beyond waits inside it. */
  readonly ownSlots: number
  /** Requests in flight there, and those waiting here that are going to be sent there first. */
  readonly ahead: number
  /** Those of them that are images. */
  readonly imagesAhead: number
  /** Until the first of those it works on is done. */
  readonly firstDoneMs: number
  /** Time of the work that lies before this request but was not begun: in its queue and in ours. */
  readonly queuedMs: number
  /** For how long all of its own slots have been taken by images without a pause. */
  readonly busyMs: number
  /** It was given a request of this kind before. */
  readonly isTried: boolean
  /** Time of the requests of this kind that others got since it had one. */
  readonly passedOverMs: number
}

/** A backend that may take the request. */
export interface Racer {
  readonly inFlight: number
  readonly hasFreeSlot: boolean
  readonly speed: Speed
}

/** What the clients of a pool do between an answer and their next image. */
export interface Rhythm {
  /** How long that takes. */
  readonly pauseMs: number
  /** How many of them are at it now. */
  readonly pausing: number
}

/** When a request is expected to be answered that goes behind all that is there already. */
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
 * Images a millisecond that some machines answer to so many clients, each of which pauses between an answer and its next
 * image. The recursion of mean value analysis (Reiser and Lavenberg, 1980): who arrives finds what there is on average
 * with one client less, and waits for what is beyond the slots.
 * @returns for one client less, and for all
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
 * Whether an image is better off on the idle slot of `slower` than in the queues of those that are faster. They must lose
 * less without this client than the slower one gains by it: it comes back with the next image only when the slower one is
 * done. Texts are nobody that stays: one is gone in a moment, and then the fast machine would idle.
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
 * A backend that others were preferred to for so long that its time is measured anew. One that never had an image gets
 * one at once. One that would be faster once its models are loaded gets a request when those since have taken as much time
 * as it may cost, so that an hour of photos does not stay on the slow machine for 5 s. Any other is tried now and then:
 * it may have become faster, as when a game ended on it, and what gets no request never shows it.
 */
function isToBeTried({ racer, finish }: Ranked, best: Ranked, isText: boolean): boolean {
  const { isTried, passedOverMs, serviceMs, steadyMs } = racer.speed
  const isWorthLoading = steadyMs < Math.min(serviceMs, best.finish)
  if (!racer.hasFreeSlot) return false
  if (!isTried && !isText) return true
  const times = isTried && !isWorthLoading ? TRY_AGAIN_AFTER : 1
  return passedOverMs > times * Math.max(finish - best.finish, finish * TRY_COSTS_LEAST)
}

/** How much of what it works on at a time a machine has before it. */
const fullness = ({ racer: { speed } }: Ranked): number => speed.ahead / speed.ownSlots

/**
 * By when they are expected to answer. Times are averages, and two alike differ by chance: of those that have an image
 * about as soon as the first the one with the least before it is put in front.
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
    if (first !== undefined && each.finish <= soon && fullness(each) < fullness(first)) best = index
  })
  return [...ranked.splice(best, 1), ...ranked]
}

/**
 * The backend that the request goes to, or waits for where that one is full.
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
