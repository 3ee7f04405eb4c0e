/**
 * Chooses the backend of the next attempt, or lets it wait: goes through the tiers of a route in order, and follows the
 * share of each tier's pool. Pure: reads health, slots and speeds, and changes nothing.
 */
import type { HealthStatus } from '../api.ts'
import type { Share } from '../config/pool-schema.ts'
import { fastest, type Rhythm, type Speed } from './by-speed.ts'
import type { SharedTier } from './tiers.ts'

/**
 * `late`: not unhealthy, but the last ping was late: the backend is busy or hangs. `spared`: it answers its pings, but is
 * to be left alone while any other can take the request. `failing`: it answers its pings, but its last predictions failed,
 * or it asked for a pause.
 */
export type CandidateStatus = HealthStatus | 'late' | 'spared' | 'failing'

const KNOWN_TO_LIVE: readonly CandidateStatus[] = ['healthy', 'unknown', 'late']
/** Backends with these statuses are chosen only where no tier has one of an earlier group. */
const LAST_RESORTS: readonly (readonly CandidateStatus[])[] = [['spared'], ['failing'], ['unhealthy']]

/** What the choice reads of one backend. */
export interface Member {
  readonly status: CandidateStatus
  readonly inFlight: number
  /** The number of requests that may run on it now. */
  readonly limit: number
  /** The limit is a number that the user set. A learned one never sends work to the next tier. */
  readonly isLimitSet: boolean
  /** The backend came back and has not answered since: it may be loading its models. */
  readonly isReturning: boolean
}

export type Placement =
  /** Send it there; the next choice on this tier begins behind `position`. */
  | { readonly kind: 'backend'; readonly name: string; readonly tier: string; readonly position: number }
  /** Wait for any of the names; `forName` is the one that is expected to take it, where that is known. */
  | { readonly kind: 'wait'; readonly names: readonly string[]; readonly forName: string | undefined }
  /** No backend is left to be tried. */
  | { readonly kind: 'none' }

export interface PlacementInput {
  readonly tiers: readonly SharedTier[]
  readonly tried: ReadonlySet<string>
  /** All of its entries are text queries. */
  readonly isText: boolean
  /** Undefined for a name that is no backend (any more), or one that no request may be sent to now. */
  readonly member: (name: string) => Member | undefined
  /** The expected times of a backend for this request; called for pools shared `by-speed` alone. */
  readonly speed: (name: string) => Speed
  /** The pauses of the route's clients between images; called for pools shared `by-speed` alone. */
  readonly rhythm: () => Rhythm
  /** The position in the pool at which the next round-robin choice of a tier begins. */
  readonly position: (tierKey: string) => number
}

/** A backend of the pool that may be tried, with its position in the pool. */
interface Candidate {
  readonly name: string
  readonly index: number
  readonly member: Member
}

const hasFreeSlot = ({ member: { inFlight, limit } }: Candidate): boolean => inFlight < limit

/** Picks the backend to send to, or to wait for where it has no free slot. Undefined: wait for any. */
type Pick = (
  candidates: readonly Candidate[],
  input: PlacementInput,
  tierKey: string,
) => Candidate | undefined

/** Round-robin: the next backend with a free slot, beginning behind the one that got the last request. */
const inTurn: Pick = (candidates, input, tierKey) => {
  const from = input.position(tierKey)
  const free = candidates.filter(hasFreeSlot)
  return free.find(({ index }) => index >= from) ?? free[0]
}

/**
 * The first backend, full or not. One that came back and has not answered yet is passed over while it is full: it may
 * spend seconds loading its models.
 */
const inOrder: Pick = (candidates) =>
  candidates.find((each) => hasFreeSlot(each) || !each.member.isReturning) ?? candidates[0]

const bySpeed: Pick = (candidates, input) => {
  if (candidates.length < 2) return candidates[0]
  const racers = candidates.map((candidate) => ({
    candidate,
    inFlight: candidate.member.inFlight,
    hasFreeSlot: hasFreeSlot(candidate),
    speed: input.speed(candidate.name),
  }))
  return fastest(racers, input.isText, input.rhythm())?.candidate
}

const PICKS: Readonly<Record<Share, Pick>> = {
  'round-robin': inTurn,
  'in-order': inOrder,
  'by-speed': bySpeed,
}

/** The backends of a tier with a status that were not tried yet. */
function candidatesOf(tier: SharedTier, input: PlacementInput, status: CandidateStatus): Candidate[] {
  const candidates: Candidate[] = []
  for (let index = 0; index < tier.pool.length; index++) {
    const name = tier.pool[index]
    if (name === undefined || input.tried.has(name)) continue
    const member = input.member(name)
    if (member?.status === status) candidates.push({ name, index, member })
  }
  return candidates
}

function chooseAmong(input: PlacementInput, statuses: readonly CandidateStatus[]): Placement {
  const full = new Set<string>()
  let forName: string | undefined
  for (const tier of input.tiers) {
    let mayGoOn = true
    for (const status of statuses) {
      const candidates = candidatesOf(tier, input, status)
      if (candidates.length === 0) continue
      const picked = PICKS[tier.share](candidates, input, tier.key)
      if (picked !== undefined && hasFreeSlot(picked)) {
        const position = (picked.index + 1) % tier.pool.length
        return { kind: 'backend', name: picked.name, tier: tier.key, position }
      }
      forName ??= picked?.name
      for (const candidate of candidates) {
        full.add(candidate.name)
        if (hasFreeSlot(candidate) || !candidate.member.isLimitSet) mayGoOn = false
      }
      // The other shares wait for a healthy backend rather than use one of the next status.
      if (tier.share !== 'round-robin') break
    }
    if (!mayGoOn) break
  }
  if (full.size === 0) return { kind: 'none' }
  // The error of a wait that ended without a slot lists the names, so they keep the order of the pools.
  const names = input.tiers.flatMap(({ pool }) => pool.filter((name) => full.delete(name)))
  return { kind: 'wait', names, forName }
}

/** The choice where the route has one backend, which is the usual case: nothing has to be compared. */
function chooseOnly(name: string, tier: string, input: PlacementInput): Placement {
  const member = input.tried.has(name) ? undefined : input.member(name)
  if (member === undefined) return { kind: 'none' }
  if (member.inFlight < member.limit) return { kind: 'backend', name, tier, position: 0 }
  return { kind: 'wait', names: [name], forName: name }
}

/**
 * Chooses the backend of the next attempt of a dispatch. In each tier the healthy backends come first, then those without
 * a check so far, then those whose pings are late. Where no tier has any of these, full or not, the {@link LAST_RESORTS}
 * follow: backends to be spared, then those whose predictions fail while their pings are good, then those that are down.
 * An attempt on one is better than an error, and a wait for a better one is better than that attempt.
 */
export function chooseBackend(input: PlacementInput): Placement {
  const [tier, next] = input.tiers
  const only = tier?.pool.length === 1 && next === undefined ? tier.pool[0] : undefined
  if (tier !== undefined && only !== undefined) return chooseOnly(only, tier.key, input)
  let placement = chooseAmong(input, KNOWN_TO_LIVE)
  for (const statuses of LAST_RESORTS) {
    if (placement.kind !== 'none') break
    placement = chooseAmong(input, statuses)
  }
  return placement
}
