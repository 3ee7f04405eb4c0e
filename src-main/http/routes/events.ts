/** `GET /api/events`: the state of the service and its changes, as server-sent events. */
import { setMaxListeners } from 'node:events'
import { createSession, type Session } from 'better-sse'
import { Router, type Response } from 'express'
import type { DebugRecord, Events } from '../../../src-shared/api.ts'
import { EVENTS_BATCH_MS, EVENTS_HEARTBEAT_MS, EVENTS_WAITING_BYTES } from '../limits.ts'
import { masked } from '../../settings/merge.ts'
import type { Guard } from '../guard/guard.ts'
import type { Auth } from '../../auth/auth.ts'
import type { HealthMonitor } from '../../backends/monitor.ts'
import type { ConfigStore } from '../../settings/store.ts'
import type { Recorder } from '../../traffic/recorder.ts'
import type { StatusSource } from './status.ts'

export interface EventDeps {
  readonly store: ConfigStore
  readonly monitor: HealthMonitor
  readonly recorder: Recorder
  readonly auth: Auth
  readonly status: StatusSource
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal
}

type EventName = keyof Events
type StateName = Exclude<EventName, 'record'>

function currentState({ store, monitor, recorder, status }: EventDeps): {
  [Name in StateName]: () => Events[Name]
} {
  return {
    config: () => ({ revision: store.revision, config: masked(store.config) }),
    health: () => monitor.states(),
    status: () => status.current(),
    debug: () => recorder.usage(),
  }
}

/** Collects changes for EVENTS_BATCH_MS and sends each changed state once. Under load every prediction changes some. */
class EventBatch {
  readonly #session: Session
  readonly #response: Response
  readonly #state: ReturnType<typeof currentState>
  readonly #changed = new Set<StateName>()
  /** By id: of a record that changed twice the last state alone is sent. */
  readonly #records = new Map<string, DebugRecord>()
  #timer: NodeJS.Timeout | undefined

  constructor(session: Session, response: Response, state: ReturnType<typeof currentState>) {
    this.#session = session
    this.#response = response
    this.#state = state
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

  stop(): void {
    clearTimeout(this.#timer)
  }

  flush(): void {
    this.#timer = undefined
    if (!this.#session.isConnected) return
    // A client that does not read would make us hold everything for it.
    if (this.#response.writableLength > EVENTS_WAITING_BYTES) {
      this.#response.destroy()
      return
    }
    for (const name of this.#changed) this.#session.push(this.#state[name](), name)
    for (const record of this.#records.values()) this.#session.push(record, 'record')
    this.#changed.clear()
    this.#records.clear()
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), EVENTS_BATCH_MS)
  }
}

/** Below `/api`: the event stream. It starts with the whole state and ends with its session or the service. */
export function eventRoutes(deps: EventDeps, guard: Guard): Router {
  const { store, monitor, recorder, auth, status, stopping } = deps
  const router = Router()
  const state = currentState(deps)
  // Each open stream is a listener; the connection limit bounds their number.
  setMaxListeners(0, store, monitor, recorder, status, stopping)
  router.get('/events', async (request, response) => {
    const session = await createSession(request, response, { keepAlive: EVENTS_HEARTBEAT_MS })
    const batch = new EventBatch(session, response, state)
    const grant = guard.grantOf(request)
    const onConfig = (): void => batch.mark('config', 'health')
    const onHealth = (): void => batch.mark('health')
    const onStatus = (): void => batch.mark('status')
    const onDebug = (): void => batch.mark('debug')
    const onRecord = (record: DebugRecord): void => batch.record(record)
    store.on('change', onConfig)
    monitor.on('update', onHealth)
    status.on('change', onStatus)
    recorder.on('status', onDebug).on('record', onRecord)
    const onStop = (): void => void response.end()
    const onAuth = (): void => {
      if (!auth.isValid(grant)) onStop()
    }
    auth.on('change', onAuth)
    stopping.addEventListener('abort', onStop, { once: true })
    session.once('disconnected', () => {
      stopping.removeEventListener('abort', onStop)
      auth.off('change', onAuth)
      batch.stop()
      store.off('change', onConfig)
      monitor.off('update', onHealth)
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
