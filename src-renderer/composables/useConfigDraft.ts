/** The configuration being edited: its changes, its problems, and conflicts with other editors. */
import { refAutoReset } from '@vueuse/core'
import { computed, inject, provide, ref, shallowRef, watch, type InjectionKey } from 'vue'
import type { Events } from '../../src-shared/api.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import { getConfig, saveConfig } from '../api/calls.ts'
import { ApiFailure, failureText } from '../api/client.ts'
import { differences, equal } from '../lib/compare.ts'
import { configOf, draftOf, postedConfig, type Draft } from '../lib/draft.ts'
import { problemMap, problemsOf, type Problems } from '../lib/problems.ts'
import type { Live } from './useLive.ts'

type Revised = Events['config']

/** The server's answer to a save that started from an older revision. */
const PRECONDITION_FAILED = 412
const UNAUTHORIZED = 401
/** Problems of these are shown beside their field. */
const SHOWN_AT_FIELD = /^(?:backends\[|server\.)/
/** How long the result of the last action is shown, milliseconds. */
const OUTCOME_MS = 10_000

/** What a refused save says, by field and in a sentence; the sentence is empty where the fields tell it all. */
function refusalOf(failure: unknown): { problems: Problems; error: string } {
  const problems = failure instanceof ApiFailure ? problemMap(failure.problems) : new Map<string, string>()
  const isShown = problems.size > 0 && [...problems.keys()].every((key) => SHOWN_AT_FIELD.test(key))
  return { problems, error: isShown ? '' : failureText(failure) }
}

export type ConfigDraft = ReturnType<typeof createConfigDraft>

const KEY: InjectionKey<ConfigDraft> = Symbol('config draft')

export function provideConfigDraft(live: Live): ConfigDraft {
  const draft = createConfigDraft(live)
  provide(KEY, draft)
  return draft
}

export function useConfigDraft(): ConfigDraft {
  const draft = inject(KEY)
  if (draft === undefined) throw new Error('provideConfigDraft() was not called above this component')
  return draft
}

// eslint-disable-next-line max-lines-per-function, @typescript-eslint/explicit-function-return-type -- one closure is the owner of the draft, and its type is ConfigDraft
export function createConfigDraft(live: Pick<Live, 'config'>) {
  const base = shallowRef<Revised>()
  const draft = ref<Draft>()
  /** The configuration that somebody else saved while there are unsaved changes here. */
  const theirs = shallowRef<Revised>()
  const saving = ref(false)
  /** Whether all problems are shown, as after a refused save. Before, only fields that have lost the focus show theirs. */
  const attempted = ref(false)
  const refused = shallowRef<{ of: Config; problems: Problems; error: string }>()
  /** The result of the last action, shown for a while. */
  const outcome = refAutoReset('', OUTCOME_MS)

  const config = computed(() => (draft.value === undefined ? undefined : configOf(draft.value)))
  const isDirty = computed(
    () => base.value !== undefined && config.value !== undefined && !equal(base.value.config, config.value),
  )
  const changes = computed(() =>
    isDirty.value && base.value !== undefined && config.value !== undefined
      ? differences(base.value.config, config.value)
      : [],
  )
  /** The problems reported by the server are shown until the draft changes. */
  const stillRefused = computed(() =>
    refused.value !== undefined && equal(refused.value.of, config.value) ? refused.value : undefined,
  )
  const problems = computed<Problems>(() => {
    if (draft.value === undefined) return new Map()
    return new Map([...problemsOf(draft.value), ...(stillRefused.value?.problems ?? [])])
  })
  /** An error of the last save that concerns no single field. */
  const error = computed(() => stillRefused.value?.error ?? '')

  function adopt(next: Revised): void {
    base.value = next
    draft.value = draftOf(next.config, draft.value)
    theirs.value = undefined
    attempted.value = false
    refused.value = undefined
  }

  function take(next: Revised): void {
    const known = base.value
    if (known === undefined) return adopt(next)
    if (saving.value || next.revision === known.revision) return
    if (equal(next.config, known.config)) {
      // The server was restarted: the configuration is the same, but its revision is another one.
      base.value = { revision: next.revision, config: known.config }
      theirs.value = undefined
    } else if (!isDirty.value || equal(next.config, config.value)) {
      adopt(next)
      outcome.value = 'The configuration was changed elsewhere; this is the new one.'
    } else {
      theirs.value = next
    }
  }

  watch(live.config, (next) => next === undefined || take(next), { immediate: true })

  /** Saves the draft. Resolves with whether it worked; otherwise `problems`, `error` or `theirs` has the reason. */
  async function save(): Promise<boolean> {
    const [from, editing, posted] = [base.value, draft.value, config.value]
    if (from === undefined || editing === undefined || posted === undefined || saving.value) return false
    // The server would refuse it, as somebody else has saved meanwhile.
    if (theirs.value !== undefined) return false
    attempted.value = true
    outcome.value = ''
    if (problems.value.size > 0) return false
    saving.value = true
    try {
      const revision = await saveConfig(postedConfig(editing), from.revision)
      const saved = await getConfig().catch((failure: unknown) => {
        // With another port the proxy has moved, so the configuration cannot be read back; it is saved nevertheless.
        if (failure instanceof ApiFailure && failure.status === 0) return { revision, config: posted }
        throw failure
      })
      if (equal(configOf(editing), posted)) adopt(saved)
      else base.value = saved
      outcome.value = 'Saved. It is in force now.'
      return true
    } catch (failure) {
      if (failure instanceof ApiFailure && failure.status === PRECONDITION_FAILED) {
        theirs.value = await getConfig()
        return false
      }
      // The page shows the login form; the user can save again after the login.
      if (failure instanceof ApiFailure && failure.status === UNAUTHORIZED) return false
      refused.value = { of: posted, ...refusalOf(failure) }
      return false
    } finally {
      saving.value = false
    }
  }

  function discard(): void {
    if (base.value === undefined) return
    adopt(theirs.value ?? base.value)
    outcome.value = 'The changes were discarded.'
  }

  /** Keeps the local changes on top of what somebody else saved. */
  function keepMine(): void {
    if (theirs.value === undefined) return
    base.value = theirs.value
    theirs.value = undefined
  }

  /** Makes an imported configuration the draft, without saving it. */
  function replace(imported: Config): void {
    draft.value = draftOf(imported, draft.value)
    attempted.value = true
    outcome.value = ''
  }

  return {
    base,
    draft,
    theirs,
    saving,
    attempted,
    outcome,
    config,
    isDirty,
    changes,
    problems,
    error,
    save,
    discard,
    keepMine,
    replace,
  }
}
