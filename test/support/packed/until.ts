/**
 * Waiting in the driver of the packed app, never without an end. It runs in plain Node, without the test runner and its
 * `expect.poll`; the pauses only keep it from taking the processor from the app that it waits for.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 10_000

/** Waits until something holds; an exception counts as "not yet". */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const end = performance.now() + LIMIT_MS
  let problem: unknown
  while (performance.now() < end) {
    try {
      if (await holds()) return
    } catch (error) {
      problem = error
    }
    await sleep(20)
  }
  throw new Error(`not within ${LIMIT_MS} ms: ${what}`, { cause: problem })
}
