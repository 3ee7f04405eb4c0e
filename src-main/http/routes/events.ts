/** `GET /api/events`: the state of the service and its changes, as server-sent events. */
import { setMaxListeners } from 'node:events'
import { createSession, type Session } from 'better-sse'
import { Router, type Response } from 'express'
import type { DebugRecord, Events } from '../../../src-shared/api.ts'
import { EVENTS_ALIVE_MS } from '../../../src-shared/limits.ts'
import {
  EVENTS_BATCH_MS,
  EVENTS_WAITING_BYTES,
  EVENTS_WAITING_LEAST_BYTES,
  EVENTS_WAITING_TOTAL_BYTES,
} from '../limits.ts'
import { endStream, HUNG_UP } from '../answer.ts'
import { masked } from '../../settings/merge.ts'
import type { Guard } from '../guard/guard.ts'
import type { Auth } from '../../auth/auth.ts'
import type { BackendAvailability } from '../../backends/availability.ts'
import type { ConfigStore } from '../../settings/store.ts'
import type { Recorder } from '../../traffic/recorder.ts'
import type { StatusSource } from './status.ts'

export interface EventDeps {
  readonly store: ConfigStore
  readonly availability: BackendAvailability
  readonly recorder: Recorder
  readonly auth: Auth
  readonly status: StatusSource
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal
}

type EventName = keyof Events
type StateName = Exclude<EventName, 'record'>

function currentState({ store, availability, recorder, status }: EventDeps): {
  [Name in StateName]: () => Events[Name]
} {
  return {
    config: () => ({ revision: store.revision, config: masked(store.config) }),
    health: () => availability.states(),
    status: () => status.current(),
    debug: () => recorder.usage(),
  }
}

/** An event without content: it tells pages, and proxies in between, that the stream lives. */
const ALIVE = 'event: alive\ndata: {}\n\n'

/**
 * One event stream. Collects changes for EVENTS_BATCH_MS and sends each changed state once, as under load every
 * prediction changes some. It is the only writer of its response, and stops to write before the response ends: a
 * write after that is an error event, which would end the process.
 */
class EventBatch {
  readonly #session: Session
  readonly #response: Response
  readonly #state: ReturnType<typeof currentState>
  readonly #changed = new Set<StateName>()
  /** By id: a record that changed twice is sent once, in its last state. */
  readonly #records = new Map<string, DebugRecord>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #mayWaitBytes: () => number
  #timer: NodeJS.Timeout | undefined

  /** @param mayWaitBytes how much of it the client may leave unread now */
  constructor(
    session: Session,
    response: Response,
    state: ReturnType<typeof currentState>,
    mayWaitBytes: () => number,
  ) {
    this.#session = session
    this.#mayWaitBytes = mayWaitBytes
    this.#response = response
    this.#state = state
    this.#heartbeat = setInterval(() => {
      if (this.#isWritable) response.write(ALIVE)
    }, EVENTS_ALIVE_MS)
    // A connection that breaks closes the response, which ends the session: nothing is left to do.
    response.on('error', () => this.#stop())
    // The listener ends the streams of an address that was moved away from.
    response.once('finish', () => this.#stop())
    response.once(HUNG_UP, () => this.end())
    response.once('close', () => this.#stop())
  }

  mark(...names: StateName[]): void {
    for (const name of names) this.#changed.add(name)
    this.#schedule()
  }

  record(record: DebugRecord): void {
    this.#records.set(record.id, record)
    this.#changed.add('debug')
    this.#schedule()
  }

  /** Ends the stream. Data that the client has not read would keep the connection open, so it is destroyed then. */
  end(): void {
    this.#stop()
    endStream(this.#response)
  }

  flush(): void {
    this.#timer = undefined
    if (!this.#isWritable) return
    for (const name of this.#changed) this.#session.push(this.#state[name](), name)
    for (const record of this.#records.values()) {
      // One batch under heavy traffic may be larger than all that is allowed.
      if (this.#hasTooMuch) break
      this.#session.push(record, 'record')
    }
    if (this.#hasTooMuch) this.#response.destroy()
    this.#changed.clear()
    this.#records.clear()
  }

  /** A client that does not read would make the service hold all events for it in memory. */
  get #hasTooMuch(): boolean {
    return this.#response.writableLength > this.#mayWaitBytes()
  }

  get #isWritable(): boolean {
    return this.#session.isConnected && !this.#response.writableEnded && !this.#response.destroyed
  }

  #stop(): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    if (!this.#isWritable) return
    this.#timer ??= setTimeout(() => this.flush(), EVENTS_BATCH_MS)
  }
}

/** Bytes that each of so many streams may leave unread. */
function unreadShare(streams: number): number {
  const share = Math.max(EVENTS_WAITING_TOTAL_BYTES / streams, EVENTS_WAITING_LEAST_BYTES)
  return Math.min(share, EVENTS_WAITING_BYTES)
}

/** Below `/api`: the event stream. It starts with the whole state and ends with its session or the service. */
export function eventRoutes(deps: EventDeps, guard: Guard): Router {
  const { store, availability, recorder, auth, status, stopping } = deps
  const router = Router()
  const state = currentState(deps)
  let open = 0
  // Each open stream is a listener; the connection limit bounds their number.
  setMaxListeners(0, store, availability, recorder, status, stopping)
  router.head('/events', (_request, response) => {
    response.type('text/event-stream').end()
  })
  router.get('/events', async (request, response) => {
    const session = await createSession(request, response, { keepAlive: null })
    // The client went away while its password was checked, or since: nothing would tell the end of its stream any more.
    if (response.destroyed) return
    open++
    const batch = new EventBatch(session, response, state, () => unreadShare(open))
    const grant = guard.grantOf(request)
    const onConfig = (): void => batch.mark('config', 'health')
    const onHealth = (): void => batch.mark('health')
    const onStatus = (): void => batch.mark('status')
    const onDebug = (): void => batch.mark('debug')
    const onRecord = (record: DebugRecord): void => batch.record(record)
    store.on('change', onConfig)
    availability.on('update', onHealth)
    status.on('change', onStatus)
    recorder.on('status', onDebug).on('record', onRecord)
    const onStop = (): void => batch.end()
    const onAuth = (): void => {
      if (!auth.isValid(grant)) onStop()
    }
    auth.on('change', onAuth)
    stopping.addEventListener('abort', onStop, { once: true })
    session.once('disconnected', () => {
      open--
      stopping.removeEventListener('abort', onStop)
      auth.off('change', onAuth)
      store.off('change', onConfig)
      availability.off('update', onHealth)
      status.off('change', onStatus)
      recorder.off('status', onDebug).off('record', onRecord)
    })
    // The session may have ended while the stream was being opened.
    onAuth()
    const latest = recorder.latest()
    if (latest !== undefined) batch.record(latest)
    batch.mark('config', 'health', 'status', 'debug')
    batch.flush()
  })
  return router
}
