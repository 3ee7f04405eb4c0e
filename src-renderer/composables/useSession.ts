/** Whether a password is set and this browser is logged in. */
import { computed, inject, provide, ref, shallowRef, watch, type InjectionKey, type Ref } from 'vue'
import type { AuthStatus } from '../../src-shared/api.ts'
import * as calls from '../api/calls.ts'
import { loginRequired } from '../api/client.ts'

export interface Session {
  /** Undefined until the proxy has answered. */
  readonly passwordSet: Readonly<Ref<boolean | undefined>>
  /** Whether data may be requested and shown. */
  readonly isOpen: Readonly<Ref<boolean>>
  /** Whether the password has to be entered first. */
  readonly isLocked: Readonly<Ref<boolean>>
  /** Whether the password is being changed; this ends all sessions, including this one's event stream. */
  readonly isSettling: Readonly<Ref<boolean>>
  /** Requests the state from the proxy. Resolves with whether this browser has access. */
  readonly check: () => Promise<boolean>
  /** Resolves with whether this browser has access now. */
  readonly login: (password: string) => Promise<boolean>
  readonly logout: () => Promise<boolean>
  /** Sets or changes the password; an empty one removes it. */
  readonly setPassword: (password: string, current?: string) => Promise<void>
}

const KEY: InjectionKey<Session> = Symbol('session')

export function provideSession(): Session {
  const session = createSession()
  provide(KEY, session)
  return session
}

export function useSession(): Session {
  const session = inject(KEY)
  if (session === undefined) throw new Error('provideSession() was not called above this component')
  return session
}

export function createSession(): Session {
  const status = shallowRef<AuthStatus>()
  const isSettling = ref(false)
  const isLocked = computed(() => loginRequired.value)
  const isOpen = computed(() => status.value !== undefined && !loginRequired.value)
  const passwordSet = computed(() => status.value?.passwordSet)
  let lastAsked = 0
  let acting = 0

  /** Only the answer to the last request is used, as an older one may be from before a login. */
  async function take(ask: () => Promise<AuthStatus>): Promise<boolean> {
    const asked = ++lastAsked
    const answer = await ask()
    if (asked === lastAsked) {
      // Set first: in the other order the page would be accessible for a moment.
      loginRequired.value = !answer.authenticated
      status.value = answer
    }
    return isOpen.value
  }

  async function act(ask: () => Promise<AuthStatus>): Promise<boolean> {
    acting++
    try {
      return await take(ask)
    } finally {
      acting--
    }
  }

  // The answer to a login or a change is authoritative; a state requested before it is dropped.
  const check = (): Promise<boolean> => (acting > 0 ? Promise.resolve(false) : take(calls.getAuth))

  async function setPassword(password: string, current?: string): Promise<void> {
    isSettling.value = true
    try {
      await act(() => calls.setPassword(password, current))
    } finally {
      isSettling.value = false
    }
  }

  // A 401 may be the late answer to a call from before the login.
  watch(loginRequired, async (required) => {
    // Without an answer the login form stays.
    if (required && status.value?.authenticated !== false) await check().catch(() => undefined)
  })

  return {
    passwordSet,
    isOpen,
    isLocked,
    isSettling,
    check,
    login: (password) => act(() => calls.login(password)),
    logout: () => act(calls.logout),
    setPassword,
  }
}
