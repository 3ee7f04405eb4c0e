/** Pages for the tests of components and composables. */
import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { defineComponent, effectScope, h, shallowRef, type Component, type EffectScope } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { Events } from '../../../src-shared/api.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { loginRequired } from '../../../src-renderer/api/client.ts'
import { provideConfigDraft, type ConfigDraft } from '../../../src-renderer/composables/useConfigDraft.ts'
import type { Live } from '../../../src-renderer/composables/useLive.ts'
import { ONE } from './api.ts'

/** Where a test runs a composable without a component; stopped after the test. */
export let scope: EffectScope

const mounted: { unmount(): void }[] = []

/**
 * Gives each test of a file a new {@link scope}, and leaves nothing of its page, its storage or its stubs behind.
 * @param options `fakeTimers`: time stands still unless the test advances it
 */
export function useCleanPage({ fakeTimers = false } = {}): void {
  beforeEach(() => {
    scope = effectScope()
    if (fakeTimers) vi.useFakeTimers()
  })
  afterEach(() => {
    scope.stop()
    for (const page of mounted.splice(0)) page.unmount()
    vi.useRealTimers()
    vi.unstubAllGlobals()
    loginRequired.value = false
    localStorage.clear()
    document.body.innerHTML = ''
  })
}

const Nothing: Component = { render: () => null }

/** Runs a composable in a component under a router, at this address. */
export async function inPage<T>(address: string, use: () => T): Promise<{ used: T; router: Router }> {
  const routes = ['/debug', '/config'].map((path) => ({ path, component: Nothing }))
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(address)
  let used: T | undefined
  const Page: Component = defineComponent({
    setup() {
      used = use()
      return () => h('div')
    },
  })
  mounted.push(mount(Page, { global: { plugins: [router] }, attachTo: document.body }))
  return { used: used ?? expect.unreachable(), router }
}

interface Mounted {
  readonly wrapper: VueWrapper
  readonly draft: ConfigDraft
  readonly live: { value: Events['config'] | undefined }
}

/** Mounts a component of the configuration's page with a draft above it; null: the configuration has not been read yet. */
export function mountIn(part: Component, config: Config | null = ONE): Mounted {
  const live = shallowRef<Events['config'] | undefined>(
    config === null ? undefined : { revision: 'r1', config },
  )
  let draft: ConfigDraft | undefined
  const page = defineComponent(() => {
    draft = provideConfigDraft({ config: live } as unknown as Live)
    return () => h(part)
  })
  const wrapper = mount(page, { attachTo: document.body })
  mounted.push(wrapper)
  return { wrapper, draft: draft ?? expect.unreachable(), live }
}

/** Renames the first backend of a draft. */
export function rename({ draft }: ConfigDraft, name: string): void {
  const [backend] = draft.value?.backends ?? []
  if (backend !== undefined) backend.name = name
}
