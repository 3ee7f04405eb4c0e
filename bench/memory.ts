/** 64 images at once: the memory before, at the peak and a while after. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startNaive, startOurs, startPlainProxy, type Backends } from './contenders.ts'
import { runLoad } from './load.ts'
import { peakRss, resetPeak, rss, withChildren } from './proc.ts'
import type { CapturedRequest } from './requests.ts'
import type { Running, Stage } from './stage.ts'
import type { Tools } from './tools.ts'

const IN_FLIGHT = 64
export interface Burst {
  readonly name: string
  readonly idleBytes: number
  readonly peakBytes: number
  readonly afterBytes: number
  readonly perSecond: number
}

export interface BurstResult {
  readonly bursts: readonly Burst[]
  readonly loadSeconds: number
  /** How long after the load the memory of each was read. */
  readonly waitSeconds: number
}

interface Waiting {
  readonly burst: Omit<Burst, 'afterBytes'>
  readonly pids: readonly number[]
  readonly running: Running
  readonly due: number
}

export interface BurstOptions {
  backends: Backends
  image: CapturedRequest
  /** How long a fresh process is left alone before its idle memory is read. */
  settleSeconds: number
  loadSeconds: number
  waitSeconds: number
  tell: (text: string) => void
}

/**
 * Fresh processes, so that earlier loads have no influence. They are loaded one after the other, and their waits
 * overlap.
 */
export async function measureBursts(stage: Stage, tools: Tools, options: BurstOptions): Promise<BurstResult> {
  const { backends, image, settleSeconds, loadSeconds, waitSeconds, tell } = options
  const starts: [string, () => Promise<Running>][] = [
    ['nginx', () => startPlainProxy(stage, tools, 'nginx-burst', backends)],
    ['naive', () => startNaive(stage, 'naive-burst', backends)],
    ['ours', () => startOurs(stage, 'ours-burst', backends)],
    ['ours, debug on', () => startOurs(stage, 'debug-burst', backends, { debug: true })],
  ]
  const started = await Promise.all(starts.map(async ([name, start]) => ({ name, running: await start() })))
  await sleep(settleSeconds * 1_000)
  const waiting: Waiting[] = []
  for (const { name, running } of started) {
    tell(`${IN_FLIGHT} images at once: ${name}`)
    const pids = withChildren(running.pid)
    const idleBytes = rss(pids)
    resetPeak(pids)
    const load = { url: running.url, request: image, connections: IN_FLIGHT, seconds: loadSeconds }
    const { perSecond } = await runLoad(stage, tools.wrk, load)
    const burst = { name, idleBytes, peakBytes: peakRss(pids), perSecond }
    waiting.push({ burst, pids, running, due: performance.now() + waitSeconds * 1_000 })
  }
  tell(`waiting ${waitSeconds} s for the memory to come back`)
  const bursts: Burst[] = []
  for (const { burst, pids, running, due } of waiting) {
    await sleep(Math.max(0, due - performance.now()))
    bursts.push({ ...burst, afterBytes: rss(pids) })
    await running.stop()
  }
  return { bursts, loadSeconds, waitSeconds }
}
