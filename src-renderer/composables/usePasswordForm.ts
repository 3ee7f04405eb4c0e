/** The form that sets, changes or removes the password. */
import { reactive, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import {
  fieldProblems,
  refusalProblems,
  type PasswordFields,
  type PasswordMode,
  type PasswordProblems,
} from '../lib/password.ts'
import type { Session } from './useSession.ts'

const DONE: Readonly<Record<PasswordMode, string>> = {
  set: 'The password is set. Everybody else has to log in now.',
  change: 'The password is changed. Everybody else has to log in again.',
  remove: 'The password is removed.',
}

export interface PasswordForm {
  /** Undefined while the form is collapsed. */
  readonly mode: Readonly<Ref<PasswordMode | undefined>>
  readonly fields: { -readonly [Field in keyof PasswordFields]: PasswordFields[Field] }
  readonly problems: Readonly<ShallowRef<PasswordProblems>>
  readonly isBusy: Readonly<Ref<boolean>>
  /** The result of the last action. */
  readonly outcome: Readonly<Ref<string>>
  readonly open: (mode: PasswordMode) => void
  readonly close: () => void
  /** Resolves with whether it worked; otherwise `problems` has the reasons. */
  readonly submit: () => Promise<boolean>
}

/** @param confirmRemoval asked before the password is removed */
export function usePasswordForm(
  session: Pick<Session, 'setPassword' | 'check'>,
  confirmRemoval: () => Promise<boolean>,
): PasswordForm {
  const mode = ref<PasswordMode>()
  const fields = reactive({ current: '', next: '', again: '' })
  const problems = shallowRef<PasswordProblems>({})
  const isBusy = ref(false)
  const outcome = ref('')

  function close(): void {
    mode.value = undefined
    problems.value = {}
    Object.assign(fields, { current: '', next: '', again: '' })
  }

  function open(wanted: PasswordMode): void {
    close()
    outcome.value = ''
    mode.value = wanted
  }

  async function send(now: PasswordMode): Promise<boolean> {
    isBusy.value = true
    try {
      const current = now === 'set' ? undefined : fields.current
      await session.setPassword(now === 'remove' ? '' : fields.next, current)
      close()
      outcome.value = DONE[now]
      return true
    } catch (failure) {
      problems.value = refusalProblems(now, failure)
      // Somebody else may have changed the password meanwhile. A lost connection is shown by the page itself.
      if (problems.value.form !== undefined) await session.check().catch(() => false)
      return false
    } finally {
      isBusy.value = false
    }
  }

  async function submit(): Promise<boolean> {
    const now = mode.value
    if (now === undefined || isBusy.value) return false
    problems.value = fieldProblems(now, fields)
    if (Object.keys(problems.value).length > 0) return false
    if (now === 'remove' && !(await confirmRemoval())) return false
    return send(now)
  }

  return { mode, fields, problems, isBusy, outcome, open, close, submit }
}
