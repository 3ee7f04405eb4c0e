/** The rounds: every lane of every case in turn, again and again, so that a drift of the machine hits all alike. */
import type { Case, Lane } from './cases.ts'
import { runLoad } from './load.ts'
import { requestCount } from './nginx.ts'
import { cpuNs, peakRss, resetPeak, withChildren } from './proc.ts'
import type { Stage } from './stage.ts'
import type { Tools } from './tools.ts'

/** One lane in one round. */
export interface Sample {
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
  /** CPU time of the proxy per request, microseconds. */
  readonly cpuUs: number | undefined
  /** The proxy's most memory, bytes. */
  readonly peakBytes: number | undefined
}

/** The samples of a lane, one a round. */
export interface Row {
  readonly caseId: string
  readonly title: string
  readonly name: string
  readonly samples: readonly Sample[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

async function measure(
  stage: Stage,
  tools: Tools,
  lane: Lane,
  connections: number,
  seconds: number,
): Promise<Sample> {
  const { url, request, proxy, counted } = lane
  const pids = proxy === undefined ? [] : withChildren(proxy.pid)
  const seenBefore = counted === undefined ? 0 : await requestCount(counted)
  resetPeak(pids)
  const cpuBefore = cpuNs(pids)
  const result = await runLoad(stage, tools.wrk, { url, request, connections, seconds })
  const cpu = cpuNs(pids) - cpuBefore
  const peak = peakRss(pids)
  const seen = counted === undefined ? Infinity : (await requestCount(counted)) - seenBefore
  if (!(seen >= result.requests)) {
    throw new Error(`${lane.name}: ${result.requests} answers, but the backend saw ${seen} requests`)
  }
  return {
    perSecond: result.perSecond,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    cpuUs: proxy === undefined ? undefined : cpu / 1_000 / result.requests,
    peakBytes: proxy === undefined ? undefined : peak,
  }
}

/**
 * Lets each proxy work at each of its loads, one after the other, until V8 has compiled its code for them. A load that
 * is in two cases runs once.
 */
async function warmUp(stage: Stage, tools: Tools, cases: readonly Case[], seconds: number): Promise<void> {
  const done = new Set<string>()
  for (const { lanes, connections } of cases) {
    for (const { url, request, proxy } of lanes) {
      const key = `${url} ${request.bodyFile} ${connections}`
      if (proxy === undefined || done.has(key)) continue
      done.add(key)
      await runLoad(stage, tools.wrk, { url, request, connections, seconds })
    }
  }
}

/** Moves the first `by` items to the end, so that the order of the lanes differs between rounds. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

export async function runRounds(
  stage: Stage,
  tools: Tools,
  cases: readonly Case[],
  options: { rounds: number; seconds: number; warmUp: number; tell: (text: string) => void },
): Promise<Row[]> {
  const { rounds, seconds, warmUp: warmUpSeconds, tell } = options
  const rows = new Map<string, Row & { samples: Sample[] }>()
  if (warmUpSeconds > 0) {
    tell('warming up')
    await warmUp(stage, tools, cases, warmUpSeconds)
  }
  for (let round = 0; round < rounds; round++) {
    for (const { id: caseId, title, connections, lanes } of cases) {
      tell(`round ${round + 1} of ${rounds}: ${title}`)
      for (const { name } of lanes) {
        const key = `${caseId} ${name}`
        if (!rows.has(key)) rows.set(key, { caseId, title, name, samples: [] })
      }
      for (const lane of rotated(lanes, round)) {
        const sample = await measure(stage, tools, lane, connections, seconds)
        rows.get(`${caseId} ${lane.name}`)?.samples.push(sample)
      }
    }
  }
  return [...rows.values()]
}
