/** The time of a cold start, and the CPU time of the idle program. */
import { once } from 'node:events'
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { oursCommand, startOurs, type Backends } from './contenders.ts'
import { cpuNs, rss, withChildren } from './proc.ts'
import { median } from './rounds.ts'
import type { Stage } from './stage.ts'

/** Pause between two tries, milliseconds: short against a start, long enough not to take its CPU. */
const POLL_MS = 4
const GIVE_UP_MS = 15_000

/** Whether `/ping` answers `pong`. Plain HTTP without keep-alive: nothing is reused from the try before. */
function pongs(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/ping', agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200))
    })
    request.once('error', () => resolve(false))
  })
}

async function coldStartMs(stage: Stage, name: string, backends: Backends): Promise<number> {
  const { args, port } = await oursCommand(stage, name, backends)
  const started = performance.now()
  const child = stage.spawn(name, process.execPath, args)
  while (!(await pongs(port))) {
    if (performance.now() - started > GIVE_UP_MS) throw new Error('The start took too long')
    await sleep(POLL_MS)
  }
  const took = performance.now() - started
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
  return took
}

/** From the start of the process to the first `pong`, milliseconds: the median. */
export async function measureColdStart(stage: Stage, backends: Backends, times: number): Promise<number> {
  const took: number[] = []
  for (let index = 0; index < times; index++) {
    took.push(await coldStartMs(stage, `start-${index}`, backends))
  }
  return median(took)
}

export interface Idle {
  readonly seconds: number
  /** Milliseconds of CPU time per second with two backends, whose health is checked. */
  readonly cpuMsPerSecond: number
  /** The same without any backend: no health checks. */
  readonly cpuMsPerSecondAlone: number
  readonly rssBytes: number
}

/** @param settleSeconds how long after the start the program counts as settled */
export async function measureIdle(
  stage: Stage,
  backends: Backends,
  seconds: number,
  settleSeconds: number,
): Promise<Idle> {
  const checking = await startOurs(stage, 'idle', backends)
  const { args } = await oursCommand(stage, 'idle-alone', undefined)
  const alone = stage.spawn('idle-alone', process.execPath, args)
  await sleep(settleSeconds * 1_000)
  const groups = [withChildren(checking.pid), withChildren(alone.pid ?? 0)] as const
  const before = groups.map(cpuNs)
  const started = performance.now()
  await sleep(seconds * 1_000)
  const elapsedMs = performance.now() - started
  const [withChecks = 0, without = 0] = groups.map((pids, index) => cpuNs(pids) - (before[index] ?? 0))
  const rssBytes = rss(groups[0])
  alone.kill('SIGTERM')
  await checking.stop()
  return {
    seconds,
    cpuMsPerSecond: (withChecks / 1e6 / elapsedMs) * 1_000,
    cpuMsPerSecondAlone: (without / 1e6 / elapsedMs) * 1_000,
    rssBytes,
  }
}
