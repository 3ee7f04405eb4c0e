/** Texts about passwords. Pure. */
import { MIN_PASSWORD_CHARS } from '../../src-shared/limits.ts'
import { ApiFailure, failureText } from '../api/client.ts'
import { count } from './format.ts'

export type PasswordMode = 'set' | 'change' | 'remove'

export interface PasswordFields {
  readonly current: string
  readonly next: string
  readonly again: string
}

export type PasswordProblems = { readonly [Field in keyof PasswordFields | 'form']?: string }

const BAD_REQUEST = 400
const UNAUTHORIZED = 401
const FORBIDDEN = 403
const TOO_MANY = 429

/** How many seconds to wait, if the server says so; undefined for other failures. */
export function waitOf(failure: unknown): number | undefined {
  if (!(failure instanceof ApiFailure) || failure.status !== TOO_MANY) return undefined
  return failure.retryAfter
}

/** @param seconds to wait; undefined where that is not known */
export function waitText(seconds: number | undefined): string {
  const wait = seconds === undefined ? 'later' : `in ${count(seconds, 'second')}`
  return `Too many tries. Try again ${wait}.`
}

/** The demand to wait; undefined for other failures. */
function tooManyText(failure: unknown): string | undefined {
  if (!(failure instanceof ApiFailure) || failure.status !== TOO_MANY) return undefined
  return waitText(failure.retryAfter)
}

export function loginProblem(failure: unknown): string {
  if (failure instanceof ApiFailure && failure.status === UNAUTHORIZED) return 'The password is wrong.'
  return tooManyText(failure) ?? failureText(failure)
}

/** Number of characters, counted as the server does. */
const lengthOf = (password: string): number => Array.from(password.normalize('NFKC')).length

/** Problems that are found before anything is sent. */
export function fieldProblems(
  mode: PasswordMode,
  { current, next, again }: PasswordFields,
): PasswordProblems {
  const problems: { -readonly [Field in keyof PasswordProblems]: PasswordProblems[Field] } = {}
  if (mode !== 'set' && current === '') problems.current = 'Enter the current password.'
  if (mode === 'remove') return problems
  if (lengthOf(next) < MIN_PASSWORD_CHARS) {
    problems.next = `The new password needs at least ${MIN_PASSWORD_CHARS} characters.`
  } else if (next !== again) {
    problems.again = 'This is not the same as the new password.'
  }
  return problems
}

/** An error of the server, assigned to the field it concerns. */
export function refusalProblems(mode: PasswordMode, failure: unknown): PasswordProblems {
  const wait = tooManyText(failure)
  if (wait !== undefined) return { current: wait }
  const status = failure instanceof ApiFailure ? failure.status : 0
  // A password was set while this form was open, so it has no field for the current password.
  if (status === FORBIDDEN && mode === 'set') return { form: 'A password was set meanwhile. Try again.' }
  if (status === FORBIDDEN) return { current: 'The current password is wrong.' }
  if (status === BAD_REQUEST && mode !== 'remove') return { next: `${failureText(failure)}.` }
  return { form: failureText(failure) }
}

/** The server's warning about the missing password, which this view replaces by a text with a button. */
export const isPasswordHint = (warning: string): boolean => warning.startsWith('No password is set:')
