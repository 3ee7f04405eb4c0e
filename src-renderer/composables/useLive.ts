/** Everything live: one event stream for the whole page, polling where it breaks. */
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
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
import type { BackendStates, DebugRecord, DebugUsage, Events, Status } from '../../src-main/api.ts'
import { ApiFailure } from '../api/client.ts'
import { EVENTS_PATH, getBackends, getConfig, getStatus, getUsage } from '../api/calls.ts'

/** `live`: told by the stream; `polling`: asked for; `lost`: the proxy itself does not answer. */
export type Connection = 'connecting' | 'live' | 'polling' | 'lost'

export interface Live {
  readonly connection: Readonly<Ref<Connection>>
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
export function provideLive(): Live {
  const live = createLive()
  provide(KEY, live)
  return live
}

export function useLive(): Live {
  const live = inject(KEY)
  if (live === undefined) throw new Error('provideLive() was not called above this component')
  return live
}

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
async function ask(state: State): Promise<void> {
  const answers = await Promise.all([getConfig(), getStatus(), getBackends(), getUsage()])
  ;[state.config.value, state.status.value, state.backends.value, state.debug.value] = answers
}

/** Keeps the state up to date: by the stream while the page is looked at, by asking where the stream breaks. */
function keepUpToDate(
  state: State,
  onRecord: (record: DebugRecord) => void,
): { connection: Ref<Connection>; gaps: Ref<number> } {
  const connection = ref<Connection>('connecting')
  const gaps = ref(0)
  const visibility = useDocumentVisibility()
  const polling = useIntervalFn(() => void poll(), POLL_MS, { immediate: false })
  let stream: EventSource | undefined
  let failures = 0

  function close(): void {
    stream?.close()
    stream = undefined
  }

  function open(): void {
    close()
    stream = listen(state, onRecord)
    stream.addEventListener('open', () => {
      failures = 0
      connection.value = 'live'
      polling.pause()
      gaps.value++
    })
    stream.addEventListener('error', () => {
      // Not left to the browser, which gives up for good after some answers.
      close()
      if (polling.isActive.value) return
      polling.resume()
      void poll()
    })
  }

  async function poll(): Promise<void> {
    try {
      await ask(state)
      failures = 0
      connection.value = 'polling'
      gaps.value++
      if (stream === undefined && visibility.value === 'visible') open()
    } catch (failure) {
      // Told by `connection`; the next poll follows. An answer that refuses is an answer all the same.
      failures = failure instanceof ApiFailure && failure.status !== 0 ? 0 : failures + 1
      connection.value = failures >= LOST_AFTER ? 'lost' : 'polling'
    }
  }

  // A browser has six connections a host: a hidden page gives its one back.
  watch(
    visibility,
    (now) => {
      close()
      polling.pause()
      if (now === 'visible') open()
    },
    { immediate: true },
  )
  onScopeDispose(close)
  return { connection, gaps }
}

export function createLive(): Live {
  const state: State = {
    config: shallowRef(),
    status: shallowRef(),
    debug: shallowRef(),
    backends: shallowRef({}),
  }
  const listeners = new Set<(record: DebugRecord) => void>()
  const upkeep = keepUpToDate(state, (record) => listeners.forEach((listener) => listener(record)))
  return {
    ...state,
    ...upkeep,
    refresh: () => ask(state),
    onRecord: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
