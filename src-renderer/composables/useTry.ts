/** One run of “Try a picture”: task by task, backend by backend, as a try may not run beside another one. */
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import type { TryModel, TryTask, TryWork } from '../../src-shared/try.ts'
import { getTryInfo, tryBackend } from '../api/calls.ts'
import { failureText } from '../api/client.ts'
import type { Picture } from '../lib/picture.ts'
import { NOTHING_TRIED, withAnswer, worksOf, type Tried } from '../lib/tried.ts'

/** A backend to be tried, with the values of its form. */
export interface TryTarget {
  readonly name: string
  readonly values: Partial<BackendConfig>
  readonly isSaved: boolean
}

export interface TryRun {
  readonly targets: readonly TryTarget[]
  readonly tasks: readonly TryTask[]
  readonly picture: Picture
  readonly text: string
}

export interface Trying {
  readonly models: Readonly<ShallowRef<readonly TryModel[]>>
  /** By the name of the backend, in the order of the page. */
  readonly tried: Readonly<ShallowRef<ReadonlyMap<string, Tried>>>
  readonly now: Readonly<Ref<{ work: TryWork; backend: string } | undefined>>
  readonly isRunning: ComputedRef<boolean>
  /** Why the last run ended early; empty where it did not. */
  readonly problem: Readonly<Ref<string>>
  readonly loadModels: () => Promise<void>
  /** Resolves with whether everything was asked; never rejects. */
  readonly start: (run: TryRun) => Promise<boolean>
  readonly stop: () => void
}

export function useTry(): Trying {
  const models = shallowRef<readonly TryModel[]>([])
  const tried = shallowRef<ReadonlyMap<string, Tried>>(new Map())
  const now = ref<{ work: TryWork; backend: string }>()
  const problem = ref('')
  let abort: AbortController | undefined
  let isOver = false
  onScopeDispose(() => {
    isOver = true
    abort?.abort()
  })

  async function loadModels(): Promise<void> {
    try {
      models.value = (await getTryInfo()).models
    } catch (failure) {
      problem.value = failureText(failure)
    }
  }

  async function ask(
    { picture, text }: TryRun,
    target: TryTarget,
    work: TryWork,
    signal: AbortSignal,
  ): Promise<void> {
    now.value = { work, backend: target.name }
    const given = work === 'clip/textual' ? { text } : { image: picture.base64 }
    const task = work.replace(/\/.*/, '') as TryTask
    const answer = await tryBackend({ backend: target.values, tasks: [task], ...given }, signal)
    const before = tried.value.get(target.name) ?? NOTHING_TRIED
    tried.value = new Map([...tried.value, [target.name, withAnswer(before, answer)]])
  }

  async function start(run: TryRun): Promise<boolean> {
    if (isOver) return false
    abort = new AbortController()
    const { signal } = abort
    problem.value = ''
    tried.value = new Map(run.targets.map(({ name }) => [name, NOTHING_TRIED]))
    try {
      for (const work of worksOf(run.tasks, run.text.trim() !== '')) {
        for (const target of run.targets) await ask(run, target, work, signal)
      }
      return true
    } catch (failure) {
      if (!signal.aborted) problem.value = failureText(failure)
      return false
    } finally {
      now.value = undefined
    }
  }

  return {
    models,
    tried,
    now,
    isRunning: computed(() => now.value !== undefined),
    problem,
    loadModels,
    start,
    stop: () => abort?.abort(),
  }
}
