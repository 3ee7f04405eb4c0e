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
import { IDLE_SHARE_UNMEASURED, TRY_AGAIN_AFTER } from './limits.ts'

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
  /** How long one of its own slots idles between an answer and the next request; undefined where none did. */
  readonly idleMs: number | undefined
}

/** A backend that may take the request. */
export interface Racer {
  readonly inFlight: number
  readonly hasFreeSlot: boolean
  readonly speed: Speed
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
 * Images a millisecond that one request more than its own slots brings: the next one is there when a slot becomes
 * free, while the slot would else idle for the way to the client and back.
 */
function gainOfQueueing({ ownSlots, steadyMs, idleMs }: Speed): number {
  const idle = idleMs ?? steadyMs * IDLE_SHARE_UNMEASURED
  return (ownSlots / steadyMs) * (idle / (steadyMs + idle))
}

/**
 * Whether an image is better off on the idle slot of `slower` than in the queues of those that are faster. They must have
 * images for all of their own slots: a text is gone in a moment, and then the fast machine would idle.
 */
function isHelp(slower: Racer, finish: number, faster: readonly Racer[]): boolean {
  const gain = 1 / slower.speed.steadyMs
  return faster.every((racer) => {
    const { imagesAhead, ownSlots, busyMs } = racer.speed
    if (imagesAhead < ownSlots || busyMs < finish) return false
    return !racer.hasFreeSlot || gainOfQueueing(racer.speed) < gain
  })
}

/**
 * A backend that others were preferred to for so long that its time is measured anew. One that never had an image gets
 * one at once. One that would be faster once its models are loaded gets a request when those since have cost as much time
 * as the loading may, so that an hour of photos does not stay on the slow machine for 5 s. Any other is tried now and then:
 * it may have become faster, as when a game ended on it, and what gets no request never shows it.
 */
function isToBeTried({ racer, finish }: Ranked, best: Ranked, isText: boolean): boolean {
  const { isTried, passedOverMs, serviceMs, steadyMs } = racer.speed
  const isWorthLoading = steadyMs < Math.min(serviceMs, best.finish)
  const times = isTried && !isWorthLoading ? TRY_AGAIN_AFTER : isTried || isText ? 1 : 0
  return racer.hasFreeSlot && passedOverMs >= times * finish
}

/**
 * The backend that the request goes to, or waits for where that one is full.
 * @param racers in the order of the pool, which decides between equals
 */
export function fastest<R extends Racer>(racers: readonly R[], isText: boolean): R | undefined {
  const ranked: Ranked<R>[] = racers
    .map((racer) => ({ racer, finish: expectedFinish(racer.speed) }))
    .sort((a, b) => a.finish - b.finish || a.racer.inFlight - b.racer.inFlight)
  const [best] = ranked
  if (best === undefined) return undefined
  const untried = ranked.find((each) => each !== best && isToBeTried(each, best, isText))
  if (untried !== undefined) return untried.racer
  if (isText || hasIdleSlot(best.racer)) return best.racer
  const helper = ranked.find(
    ({ racer, finish }, rank) =>
      rank > 0 &&
      racer.hasFreeSlot &&
      hasIdleSlot(racer) &&
      isHelp(
        racer,
        finish,
        ranked.slice(0, rank).map((other) => other.racer),
      ),
  )
  return helper?.racer ?? best.racer
}
