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
  refresh(): Promise<void>
  /** Calls back with every record that is new or has changed; returns the way to stop. */
  onRecord(listener: (record: DebugRecord) => void): () => void
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

function createState(): {
  [Name in 'config' | 'status' | 'debug']: ShallowRef<Events[Name] | undefined>
} & { backends: ShallowRef<BackendStates> } {
  return { config: shallowRef(), status: shallowRef(), debug: shallowRef(), backends: shallowRef({}) }
}

export function createLive(): Live {
  const state = createState()
  const connection = ref<Connection>('connecting')
  const gaps = ref(0)
  const listeners = new Set<(record: DebugRecord) => void>()
  const visibility = useDocumentVisibility()
  let stream: EventSource | undefined
  let failures = 0

  function close(): void {
    stream?.close()
    stream = undefined
  }

  function open(): void {
    close()
    const source = new EventSource(EVENTS_PATH)
    stream = source
    const on = <Name extends keyof Events>(name: Name, take: (data: Events[Name]) => void): void => {
      source.addEventListener(name, (event: MessageEvent<string>) =>
        take(JSON.parse(event.data) as Events[Name]),
      )
    }
    on('config', (data) => (state.config.value = data))
    on('health', (data) => (state.backends.value = data))
    on('status', (data) => (state.status.value = data))
    on('debug', (data) => (state.debug.value = data))
    on('record', (record) => listeners.forEach((listener) => listener(record)))
    source.addEventListener('open', () => {
      failures = 0
      connection.value = 'live'
      polling.pause()
      gaps.value++
    })
    source.addEventListener('error', () => {
      // Not left to the browser, which gives up for good after some answers.
      close()
      if (polling.isActive.value) return
      polling.resume()
      void poll()
    })
  }

  async function refresh(): Promise<void> {
    const [config, status, backends, debug] = await Promise.all([
      getConfig(),
      getStatus(),
      getBackends(),
      getUsage(),
    ])
    state.config.value = config
    state.status.value = status
    state.backends.value = backends
    state.debug.value = debug
  }

  async function poll(): Promise<void> {
    try {
      await refresh()
      failures = 0
      connection.value = 'polling'
      gaps.value++
      if (stream === undefined && visibility.value === 'visible') open()
    } catch {
      // Told by `connection`; the next poll follows.
      failures++
      connection.value = failures >= LOST_AFTER ? 'lost' : 'polling'
    }
  }

  const polling = useIntervalFn(
    () => {
      void poll()
    },
    POLL_MS,
    { immediate: false },
  )

  // A browser has six connections a host: a hidden page gives its one back.
  watch(
    visibility,
    (now) => {
      if (now === 'visible') return open()
      close()
      polling.pause()
    },
    { immediate: true },
  )
  onScopeDispose(close)

  return {
    ...state,
    connection,
    gaps,
    refresh,
    onRecord(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
