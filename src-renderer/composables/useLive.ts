/** Everything live: one event stream for the whole page, polling where it breaks. */
import { useDocumentVisibility, useEventListener, useIntervalFn } from '@vueuse/core'
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
import { ApiFailure } from '../api/client.ts'
import { EVENTS_PATH, getBackends, getConfig, getStatus, getUsage } from '../api/calls.ts'
import type { Session } from './useSession.ts'

/** `live`: told by the stream; `polling`: asked for; `lost`: the proxy itself does not answer. */
export type Connection = 'connecting' | 'live' | 'polling' | 'lost'

export interface Live {
  readonly connection: Readonly<Ref<Connection>>
  /** Whether the page may know anything; where not, the state is empty. */
  readonly isOpen: Readonly<Ref<boolean>>
  readonly config: Readonly<ShallowRef<Events['config'] | undefined>>
  readonly backends: Readonly<ShallowRef<BackendStates>>
  readonly status: Readonly<ShallowRef<Status | undefined>>
  readonly debug: Readonly<ShallowRef<DebugUsage | undefined>>
  /** Counts the times at which records may have been missed. */
  readonly gaps: Readonly<Ref<number>>
  /** Asks for everything once more. */
  readonly refresh: () => Promise<void>
  /** Calls back with every record that is new or has changed; returns the way to stop. */
  readonly onRecord: (listener: (record: DebugRecord) => void) => () => void
}

/** Asked for so often while the stream is broken, milliseconds. */
export const POLL_MS = 5_000
/** Polls in a row without an answer after which the proxy counts as gone. */
export const LOST_AFTER = 3

const KEY: InjectionKey<Live> = Symbol('live')

/** Opens the stream; to be called once, in the root component. */
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

type Tell = (record: DebugRecord) => void

interface State {
  readonly config: ShallowRef<Events['config'] | undefined>
  readonly backends: ShallowRef<BackendStates>
  readonly status: ShallowRef<Status | undefined>
  readonly debug: ShallowRef<DebugUsage | undefined>
}

/** Opens the stream and puts what it tells into the state. */
function listen(state: State, onRecord: (record: DebugRecord) => void): EventSource {
  const source = new EventSource(EVENTS_PATH)
  const on = <Name extends keyof Events>(name: Name, take: (data: Events[Name]) => void): void => {
    source.addEventListener(name, (event: MessageEvent<string>) =>
      take(JSON.parse(event.data) as Events[Name]),
    )
  }
  on('config', (data) => (state.config.value = data))
  on('health', (data) => (state.backends.value = data))
  on('status', (data) => (state.status.value = data))
  on('debug', (data) => (state.debug.value = data))
  on('record', onRecord)
  return source
}

/** Asks for everything that the stream would tell, the records aside. */
async function ask(state: State, isOpen: Readonly<Ref<boolean>>): Promise<void> {
  const answers = await Promise.all([getConfig(), getStatus(), getBackends(), getUsage()])
  // Logged out meanwhile: nobody may see it any more.
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

function createStream(state: State, on: { opened: () => void; broken: () => void }, tell: Tell): Stream {
  let source: EventSource | undefined

  function close(): void {
    source?.close()
    source = undefined
  }

  function open(): void {
    close()
    source = listen(state, tell)
    source.addEventListener('open', on.opened)
    source.addEventListener('error', () => {
      // Not left to the browser, which gives up for good after some answers.
      close()
      on.broken()
    })
  }

  onScopeDispose(close)
  return { isThere: () => source !== undefined, open, close }
}

interface Tries {
  readonly answered: () => void
  readonly failed: (failure: unknown) => void
}

/** Tells by `connection` when nobody has answered for long; the next poll follows in any case. */
function countTries(connection: Ref<Connection>): Tries {
  let failures = 0
  return {
    answered: () => void (failures = 0),
    failed: (failure) => {
      // An answer that refuses is an answer all the same.
      failures = failure instanceof ApiFailure && failure.status !== 0 ? 0 : failures + 1
      connection.value = failures >= LOST_AFTER ? 'lost' : 'polling'
    },
  }
}

/** Keeps the state up to date: by the stream while the page is looked at, by asking where the stream breaks. */
function keepUpToDate(
  state: State,
  session: Session,
  tell: Tell,
): { connection: Ref<Connection>; gaps: Ref<number> } {
  const connection = ref<Connection>('connecting')
  const tries = countTries(connection)
  const gaps = ref(0)
  const { isOpen, isSettling } = session
  const visibility = useDocumentVisibility()
  const polling = useIntervalFn(() => void poll(), POLL_MS, { immediate: false })
  const stream = createStream(state, { opened, broken }, tell)

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
      // A stream that is refused does not say why; and what is known to be refused is not asked for.
      if (!(await session.check())) return
      await ask(state, isOpen)
      tries.answered()
      if (!polling.isActive.value) return
      connection.value = 'polling'
      gaps.value++
      if (!stream.isThere() && visibility.value === 'visible') stream.open()
    } catch (failure) {
      tries.failed(failure)
    }
  }

  function update(): void {
    // A browser has six connections a host: a hidden page gives its one back.
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

  // At once: between two ticks the stream would be ended by the server, which looks like a failure.
  watch([isOpen, isSettling], update, { flush: 'sync' })
  watch(visibility, (now) => (now === 'visible' ? void wake() : update()), { immediate: true })
  // Logged in by another window beside this one.
  useEventListener(window, 'focus', () => isOpen.value || void wake())
  return { connection, gaps }
}

export function createLive(session: Session): Live {
  const state: State = {
    config: shallowRef(),
    status: shallowRef(),
    debug: shallowRef(),
    backends: shallowRef({}),
  }
  const listeners = new Set<(record: DebugRecord) => void>()
  const tell: Tell = (record) => listeners.forEach((listener) => listener(record))
  const upkeep = keepUpToDate(state, session, tell)
  watch(session.isOpen, (isOpen) => {
    if (isOpen) return
    upkeep.connection.value = 'connecting'
    forget(state)
  })
  // Somebody may have set or removed the password, which is no part of what the stream tells.
  watch(state.config, (config, before) => {
    // Where it fails, the stream breaks too and tells.
    if (config !== undefined && before !== undefined) session.check().catch(() => undefined)
  })
  return {
    ...state,
    ...upkeep,
    isOpen: session.isOpen,
    refresh: () => ask(state, session.isOpen),
    onRecord: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
