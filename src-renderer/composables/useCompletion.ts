/** Offers completions for what is typed, and has the keys to choose one. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { completions, type Completion, type KnownValues } from '../lib/complete.ts'

export interface CompletionOptions {
  readonly typed: () => string
  readonly caret: () => number
  readonly known: () => KnownValues
  readonly accept: (completion: Completion) => void
}

export interface CompletionView {
  readonly offered: Readonly<ShallowRef<readonly Completion[]>>
  /** The one that the keys are on; -1 for none. */
  readonly chosen: Readonly<Ref<number>>
  /** Offers what completes the text now. */
  readonly suggest: () => void
  readonly close: () => void
  /** Up and down choose, Enter and Tab take what is chosen. */
  readonly key: (event: KeyboardEvent) => void
}

export function useCompletion({ typed, caret, known, accept }: CompletionOptions): CompletionView {
  const offered = shallowRef<readonly Completion[]>([])
  const chosen = ref(-1)

  function close(): void {
    offered.value = []
    chosen.value = -1
  }

  function suggest(): void {
    offered.value = completions(typed(), caret(), known())
    chosen.value = -1
  }

  function step(by: 1 | -1): void {
    const { length } = offered.value
    chosen.value = chosen.value === -1 && by === -1 ? length - 1 : (chosen.value + by + length) % length
  }

  function key(event: KeyboardEvent): void {
    if (offered.value.length === 0) return
    const does: Readonly<Record<string, (() => void) | undefined>> = {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      Enter: take(),
      Tab: take(),
    }
    const action = does[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }

  /** Without a choice the keys keep their own meaning. */
  function take(): (() => void) | undefined {
    const completion = offered.value[chosen.value]
    return completion === undefined ? undefined : () => accept(completion)
  }

  return { offered, chosen, suggest, close, key }
}
