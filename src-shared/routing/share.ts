/**
 * Which backend takes the next attempt, or that it waits: the tiers of a route in turn, and in each tier the way its
 * pool shares the work. Pure: health, slots and speeds are looked up, nothing is changed.
 */
import type { HealthStatus } from '../api.ts'
import type { Share } from '../config/pool-schema.ts'
import { fastest, type Rhythm, type Speed } from './by-speed.ts'
import type { SharedTier } from './tiers.ts'

/** `late`: not unhealthy, but its last ping was late, so that it is busy or hangs. */
export type CandidateStatus = HealthStatus | 'late'

const KNOWN_TO_LIVE: readonly CandidateStatus[] = ['healthy', 'unknown', 'late']
const LAST_RESORT: readonly CandidateStatus[] = ['unhealthy']

/** What the choice needs to know of one backend. */
export interface Member {
  readonly status: CandidateStatus
  readonly inFlight: number
  /** How many may run on it now. */
  readonly limit: number
  /** The limit is a number that the user set. A learned one never sends work to the next tier. */
  readonly isLimitSet: boolean
  /** It came back and has not answered since: it may be loading its models. */
  readonly isReturning: boolean
}

export type Placement =
  /** Send it there; the next choice on this tier begins behind `position`. */
  | { readonly kind: 'backend'; readonly name: string; readonly tier: string; readonly position: number }
  /** Wait for any of the names; `forName` is the one that is expected to take it, where that is known. */
  | { readonly kind: 'wait'; readonly names: readonly string[]; readonly forName: string | undefined }
  /** Nobody is left to be tried. */
  | { readonly kind: 'none' }

export interface PlacementInput {
  readonly tiers: readonly SharedTier[]
  readonly tried: ReadonlySet<string>
  /** All of its entries are text queries. */
  readonly isText: boolean
  /** Undefined for a name that is no backend (any more), or one that must not be asked now. */
  readonly member: (name: string) => Member | undefined
  /** What is expected of a backend for this request; asked in pools shared `by-speed` alone. */
  readonly speed: (name: string) => Speed
  /** What the clients of the route do between their images; asked in pools shared `by-speed` alone. */
  readonly rhythm: () => Rhythm
  /** Where the round robin of a tier stands. */
  readonly position: (tierKey: string) => number
}

/** A backend of the pool that may be tried, with its place in the pool. */
interface Candidate {
  readonly name: string
  readonly index: number
  readonly member: Member
}

const hasFreeSlot = ({ member: { inFlight, limit } }: Candidate): boolean => inFlight < limit

/** The backend that a share sends the request to, or waits for where it has no free slot; undefined: for any. */
type Pick = (
  candidates: readonly Candidate[],
  input: PlacementInput,
  tierKey: string,
) => Candidate | undefined

/** The next one with a free slot, beginning behind the one that had the last request; what is full is passed over. */
const inTurn: Pick = (candidates, input, tierKey) => {
  const from = input.position(tierKey)
  const free = candidates.filter(hasFreeSlot)
  return free.find(({ index }) => index >= from) ?? free[0]
}

/**
 * The first one, full or not. One that came back and has not answered yet takes what it may, and does not keep the
 * rest from those behind it: loading its models takes seconds.
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

/** The backends of a tier that may be tried: of the first status that any of them has. */
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

function placeAmong(input: PlacementInput, statuses: readonly CandidateStatus[]): Placement {
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
      // The other shares wait for those that are known to be healthy.
      if (tier.share !== 'round-robin') break
    }
    if (!mayGoOn) break
  }
  if (full.size === 0) return { kind: 'none' }
  // In the order of the pools: they stand in the error that is shown where the wait is in vain.
  const names = input.tiers.flatMap(({ pool }) => pool.filter((name) => full.delete(name)))
  return { kind: 'wait', names, forName }
}

/** Where one backend is all there is: nearly always at home, and then nothing has to be compared. */
function placeOnOnly(name: string, tier: string, input: PlacementInput): Placement {
  const member = input.tried.has(name) ? undefined : input.member(name)
  if (member === undefined) return { kind: 'none' }
  if (member.inFlight < member.limit) return { kind: 'backend', name, tier, position: 0 }
  return { kind: 'wait', names: [name], forName: name }
}

/**
 * Chooses the backend for the next attempt of a dispatch: of each tier the healthy ones, then those not yet checked, then
 * those whose pings are late.
 * Those known to be unhealthy come after all tiers and only where there is nobody else, full or not: trying them is
 * better than failing, but waiting is better than trying them. So the whole pool is never left out.
 */
export function place(input: PlacementInput): Placement {
  const [tier, next] = input.tiers
  const only = tier?.pool.length === 1 && next === undefined ? tier.pool[0] : undefined
  if (tier !== undefined && only !== undefined) return placeOnOnly(only, tier.key, input)
  const placement = placeAmong(input, KNOWN_TO_LIVE)
  return placement.kind === 'none' ? placeAmong(input, LAST_RESORT) : placement
}
