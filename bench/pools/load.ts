/** The load on real sockets: a closed loop of images and a text query now and then. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { IMAGE, TEXT, type Kind } from '../../test/support/simulation/machine.ts'
import type { Answer } from '../../test/support/simulation/run.ts'
import type { CapturedRequest } from '../requests.ts'

/** A text query is sent this often. */
const TEXT_EVERY_MS = 150
/** A request without an answer after this time counts as lost. */
const GIVE_UP_MS = 60_000

export interface LoadOptions {
  readonly url: string
  /** Images in flight at any time. */
  readonly inFlight: number
  /** Before the measurement, milliseconds. */
  readonly leadMs: number
  readonly measureMs: number
  /** Called when the measurement begins. */
  readonly onBegin?: () => void
}

export interface LoadResult {
  readonly answers: readonly Answer[]
  readonly lost: number
  /** The first reasons of failures, to be printed. */
  readonly errors: readonly string[]
}

export interface Requests {
  readonly image: CapturedRequest
  readonly text: CapturedRequest
}

/** Sends one request; rejects where it is not answered with 200. */
function send(agent: Agent, url: string, { body, headers }: CapturedRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/predict`, {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      timeout: GIVE_UP_MS,
    })
    outgoing.once('response', (response) => {
      response.resume()
      response.once('error', reject)
      response.once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`${response.statusCode ?? 0} ${response.statusMessage ?? ''}`))
      })
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${GIVE_UP_MS / 1_000} s`)))
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/**
 * A server may close an idle connection at this moment. Immich's client sends the request again, and so does this one.
 */
async function sendTwice(agent: Agent, url: string, captured: CapturedRequest): Promise<void> {
  try {
    await send(agent, url, captured)
  } catch (error) {
    const isReused = error instanceof Error && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
    if (!isReused) throw error
    await send(agent, url, captured)
  }
}

/** Loads one URL and waits until all is answered. */
export async function load(options: LoadOptions, requests: Requests): Promise<LoadResult> {
  const { url, inFlight, leadMs, measureMs } = options
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  const begin = performance.now() + leadMs
  const end = begin + measureMs
  const answers: Answer[] = []
  const errors: string[] = []
  let lost = 0
  const one = async (kind: Kind): Promise<void> => {
    const sentAt = performance.now()
    try {
      await sendTwice(agent, url, kind.isText ? requests.text : requests.image)
      const now = performance.now()
      if (now >= begin && now < end) answers.push({ kind, at: now - begin, tookMs: now - sentAt })
    } catch (error) {
      lost++
      if (errors.length < 3) errors.push(error instanceof Error ? error.message : String(error))
      // A client waits before it sends the next request after a failure.
      await sleep(20)
    }
  }
  const loop = async (): Promise<void> => {
    while (performance.now() < end) await one(IMAGE)
  }
  const texts: Promise<void>[] = []
  const queries = async (): Promise<void> => {
    for (let at = performance.now(); at < end; at += TEXT_EVERY_MS) {
      await sleep(Math.max(0, at - performance.now()))
      texts.push(one(TEXT))
    }
  }
  const timer = setTimeout(() => options.onBegin?.(), leadMs)
  await Promise.all([queries(), ...Array.from({ length: inFlight }, loop)])
  await Promise.all(texts)
  clearTimeout(timer)
  agent.destroy()
  return { answers, lost, errors }
}
