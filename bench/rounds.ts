/** The rounds: every lane of every case in turn, again and again, so that a drift of the machine hits all alike. */
import type { Case, Lane, Round } from './cases.ts'
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
 * Lets the proxies of a case work, one after the other, until V8 has compiled their code for just this load: what it
 * compiled for eight requests at once it throws away where one comes at a time. Nobody is asked twice for the same.
 */
async function warmUp(
  stage: Stage,
  tools: Tools,
  ofCase: Case,
  seconds: number,
  done: Set<string>,
): Promise<void> {
  const { lanes, connections } = ofCase
  for (const { url, request, proxy } of lanes) {
    const key = `${url} ${request.bodyFile} ${connections}`
    if (proxy === undefined || done.has(key)) continue
    done.add(key)
    await runLoad(stage, tools.wrk, { url, request, connections, seconds })
  }
}

/** Moves the first `by` items to the end: nobody is always measured right after the same neighbour. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

export async function runRounds(
  stage: Stage,
  tools: Tools,
  startRound: () => Promise<Round>,
  options: { rounds: number; seconds: number; warmUp: number; tell: (text: string) => void },
): Promise<Row[]> {
  const { rounds, seconds, warmUp: warmUpSeconds, tell } = options
  const rows = new Map<string, Row & { samples: Sample[] }>()
  for (let round = 0; round < rounds; round++) {
    tell(`round ${round + 1} of ${rounds}: starting everybody`)
    const { cases, stop } = await startRound()
    const warm = new Set<string>()
    for (const each of cases) {
      const { id: caseId, title, connections, lanes } = each
      tell(`round ${round + 1} of ${rounds}: ${title}`)
      for (const { name } of lanes) {
        const key = `${caseId} ${name}`
        if (!rows.has(key)) rows.set(key, { caseId, title, name, samples: [] })
      }
      if (warmUpSeconds > 0) await warmUp(stage, tools, each, warmUpSeconds, warm)
      for (const lane of rotated(lanes, round)) {
        const sample = await measure(stage, tools, lane, connections, seconds)
        rows.get(`${caseId} ${lane.name}`)?.samples.push(sample)
      }
    }
    await stop()
  }
  return [...rows.values()]
}
