/** Live data: one event stream for the page, and polling while the stream is interrupted. */
import { useDocumentVisibility, useEventListener, useIntervalFn, useTimeoutFn } from '@vueuse/core'
import {
  inject,
  onScopeDispose,
  provide,
  ref,
  shallowRef,
  watch,
  type InjectionKey,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { BackendStates, DebugRecord, DebugUsage, Events, Status } from '../../src-shared/api.ts'
import { EVENTS_ALIVE_MS } from '../../src-shared/limits.ts'
import { ApiFailure } from '../api/client.ts'
import { EVENTS_PATH, getBackends, getConfig, getStatus, getUsage } from '../api/calls.ts'
import type { Session } from './useSession.ts'

/** `live`: from the stream; `polling`: requested; `lost`: the proxy does not answer. */
export type Connection = 'connecting' | 'live' | 'polling' | 'lost'

export interface Live {
  readonly connection: Readonly<Ref<Connection>>
  /** Whether this browser has access; without access the state is empty. */
  readonly isOpen: Readonly<Ref<boolean>>
  readonly config: Readonly<ShallowRef<Events['config'] | undefined>>
  readonly backends: Readonly<ShallowRef<BackendStates>>
  readonly status: Readonly<ShallowRef<Status | undefined>>
  readonly debug: Readonly<ShallowRef<DebugUsage | undefined>>
  /** Incremented whenever records may have been missed. */
  readonly gaps: Readonly<Ref<number>>
  /** Requests all data again. */
  readonly refresh: () => Promise<void>
  /** Calls the listener with every new or changed record. Returns a function that stops it. */
  readonly onRecord: (listener: (record: DebugRecord) => void) => () => void
}

/** Polling interval while the stream is interrupted, milliseconds. */
export const POLL_MS = 5_000
/** As long as the proxy may only have been restarted it is asked more often, milliseconds. */
export const RETRY_MS = 700
/** Polls in a row without an answer after which the connection counts as lost. */
export const LOST_AFTER = 3
/** A poll that takes longer has no answer, milliseconds. */
const POLL_TIMEOUT_MS = 4_000
/**
 * A stream without an event for so long is broken, though its connection looks open, milliseconds: the proxy sends one
 * every EVENTS_ALIVE_MS.
 */
export const SILENT_MS = EVENTS_ALIVE_MS * 3

const KEY: InjectionKey<Live> = Symbol('live')

/** Opens the stream. Called once, in the root component. */
export function provideLive(session: Session): Live {
  const live = createLive(session)
  provide(KEY, live)
  return live
}

export function useLive(): Live {
  const live = inject(KEY)
  if (live === undefined) throw new Error('provideLive() was not called above this component')
  return live
}

type RecordListener = (record: DebugRecord) => void

interface State {
  readonly config: ShallowRef<Events['config'] | undefined>
  readonly backends: ShallowRef<BackendStates>
  readonly status: ShallowRef<Status | undefined>
  readonly debug: ShallowRef<DebugUsage | undefined>
}

/**
 * Opens the stream and stores its events in the state.
 * @param heard called with every event
 */
function listen(state: State, onRecord: RecordListener, heard: () => void): EventSource {
  const source = new EventSource(EVENTS_PATH)
  const on = <Name extends keyof Events>(name: Name, take: (data: Events[Name]) => void): void => {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      heard()
      take(JSON.parse(event.data) as Events[Name])
    })
  }
  on('config', (data) => (state.config.value = data))
  on('health', (data) => (state.backends.value = data))
  on('status', (data) => (state.status.value = data))
  on('debug', (data) => (state.debug.value = data))
  on('record', onRecord)
  source.addEventListener('alive', heard)
  return source
}

/** Requests everything that the stream sends, except the records. */
async function ask(state: State, isOpen: Readonly<Ref<boolean>>): Promise<void> {
  const answers = await Promise.all([getConfig(), getStatus(), getBackends(), getUsage()])
  // The session ended meanwhile, so the answers are dropped.
  if (!isOpen.value) return
  ;[state.config.value, state.status.value, state.backends.value, state.debug.value] = answers
}

function forget(state: State): void {
  state.config.value = undefined
  state.status.value = undefined
  state.debug.value = undefined
  state.backends.value = {}
}

interface Stream {
  readonly isThere: () => boolean
  readonly open: () => void
  readonly close: () => void
}

function createStream(
  state: State,
  on: { opened: () => void; broken: () => void },
  onRecord: RecordListener,
): Stream {
  let source: EventSource | undefined
  // A connection to a computer that was unplugged, or to a process that hangs, stays open for minutes.
  const silence = useTimeoutFn(broken, SILENT_MS, { immediate: false })

  function close(): void {
    silence.stop()
    source?.close()
    source = undefined
  }

  /** Reconnected here, because browsers give up after certain answers. */
  function broken(): void {
    close()
    on.broken()
  }

  function open(): void {
    close()
    source = listen(state, onRecord, silence.start)
    source.addEventListener('open', on.opened)
    source.addEventListener('error', broken)
    silence.start()
  }

  onScopeDispose(close)
  return { isThere: () => source !== undefined, open, close }
}

/** @throws where it takes longer than a poll may; a request without an answer is not ended by that */
function withinTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), POLL_TIMEOUT_MS)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Requests everything once. Returns whether this browser has access; without it nothing but that is requested. */
async function askOnce(state: State, session: Session): Promise<boolean> {
  // A refused stream has no status, so the session is checked.
  if (!(await withinTime(session.check()))) return false
  await withinTime(ask(state, session.isOpen))
  return true
}

interface Tries {
  readonly answered: () => void
  readonly failed: (failure: unknown) => void
}

/** Sets `connection` to lost after several polls without an answer; polling goes on. */
function countTries(connection: Ref<Connection>): Tries {
  let failures = 0
  return {
    answered: () => void (failures = 0),
    failed: (failure) => {
      // An error answer is an answer too: the proxy is reachable.
      failures = failure instanceof ApiFailure && failure.status !== 0 ? 0 : failures + 1
      connection.value = failures >= LOST_AFTER ? 'lost' : 'polling'
    },
  }
}

/** Keeps the state up to date: by the stream while the page is visible, and by polling while the stream is interrupted. */
function keepUpToDate(
  state: State,
  session: Session,
  onRecord: RecordListener,
): { connection: Ref<Connection>; gaps: Ref<number> } {
  const connection = ref<Connection>('connecting')
  const tries = countTries(connection)
  const gaps = ref(0)
  const { isOpen, isSettling } = session
  const visibility = useDocumentVisibility()
  const pollEvery = ref(RETRY_MS)
  const polling = useIntervalFn(() => void poll(), pollEvery, { immediate: false })
  // At first often, whenever it begins.
  watch(polling.isActive, () => (pollEvery.value = RETRY_MS), { flush: 'sync' })
  const stream = createStream(state, { opened, broken }, onRecord)

  function opened(): void {
    tries.answered()
    connection.value = 'live'
    polling.pause()
    gaps.value++
  }

  function broken(): void {
    if (polling.isActive.value) return
    polling.resume()
    void poll()
  }

  async function poll(): Promise<void> {
    try {
      if (!(await askOnce(state, session))) return
      tries.answered()
      pollEvery.value = POLL_MS
      if (!polling.isActive.value) return
      connection.value = 'polling'
      gaps.value++
      if (!stream.isThere() && visibility.value === 'visible') stream.open()
    } catch (failure) {
      tries.failed(failure)
      if (connection.value === 'lost') pollEvery.value = POLL_MS
    }
  }

  function update(): void {
    // Browsers allow six connections per host, so a hidden page closes its stream.
    if (isOpen.value && !isSettling.value && visibility.value === 'visible') {
      if (!stream.isThere() && !polling.isActive.value) stream.open()
      return
    }
    stream.close()
    polling.pause()
  }

  async function wake(): Promise<void> {
    try {
      await session.check()
      update()
    } catch (failure) {
      tries.failed(failure)
      if (visibility.value === 'visible') polling.resume()
    }
  }

  watchPage(session, visibility, { update, wake })
  return { connection, gaps }
}

/** Brings the connection up to date with the session, and with whether the page is looked at. */
function watchPage(
  { isOpen, isSettling }: Session,
  visibility: Readonly<Ref<DocumentVisibilityState>>,
  { update, wake }: { update: () => void; wake: () => Promise<void> },
): void {
  // Immediately: otherwise the server would end the stream first, which looks like a failure.
  watch([isOpen, isSettling], update, { flush: 'sync' })
  watch(visibility, (now) => (now === 'visible' ? void wake() : update()), { immediate: true })
  // Another tab has logged in.
  useEventListener(window, 'focus', () => isOpen.value || void wake())
}

export function createLive(session: Session): Live {
  const state: State = {
    config: shallowRef(),
    status: shallowRef(),
    debug: shallowRef(),
    backends: shallowRef({}),
  }
  const listeners = new Set<(record: DebugRecord) => void>()
  const onRecord: RecordListener = (record) => listeners.forEach((listener) => listener(record))
  const connectionState = keepUpToDate(state, session, onRecord)
  watch(session.isOpen, (isOpen) => {
    if (isOpen) return
    connectionState.connection.value = 'connecting'
    forget(state)
  })
  // The password may have been set or removed, which the stream does not report.
  watch(state.config, (config, before) => {
    // A failure also interrupts the stream, which is handled above.
    if (config !== undefined && before !== undefined) session.check().catch(() => undefined)
  })
  return {
    ...state,
    ...connectionState,
    isOpen: session.isOpen,
    refresh: () => ask(state, session.isOpen),
    onRecord: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
