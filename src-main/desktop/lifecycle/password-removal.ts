/** Removes a forgotten password after a question to whoever uses this computer. */
import { errorText } from '../../platform/errors.ts'
import type { Service } from '../../app/service.ts'
import { ask, type Question } from './ask.ts'
import { APP_NAME } from '../system/names.ts'

const QUESTION: Question = {
  type: 'warning',
  title: APP_NAME,
  message: 'Remove the password?',
  detail:
    'Everyone on the home network can then open the pages and change the configuration, until a new password is set ' +
    'on the page /config. Every browser is logged out.',
  buttons: ['Remove password', 'Cancel'],
  // The Enter key cancels.
  defaultId: 1,
  cancelId: 1,
  noLink: true,
}

function message(type: 'info' | 'error', text: string, detail: string): Question {
  return {
    type,
    title: APP_NAME,
    message: text,
    detail,
    buttons: ['OK'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  }
}

/** Owns the one question whether the password is removed; a second call while it is open does nothing. */
export class PasswordRemoval {
  readonly #service: Pick<Service, 'resetPassword' | 'auth' | 'log'>
  #isAsking = false

  constructor(service: Pick<Service, 'resetPassword' | 'auth' | 'log'>) {
    this.#service = service
  }

  /** Asks and removes the password if the user agrees. Does nothing while such a question is open already. */
  async ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      await this.#ask()
    } finally {
      this.#isAsking = false
    }
  }

  async #ask(): Promise<void> {
    const { auth, log } = this.#service
    if (!auth.passwordSet) {
      await ask(message('info', 'No password is set', 'There is nothing to remove.'))
      return
    }
    if ((await ask(QUESTION)) === QUESTION.cancelId) return
    try {
      this.#service.resetPassword()
    } catch (error) {
      log.error({ error: errorText(error) }, 'the password could not be removed')
      await ask(message('error', 'The password was not removed', errorText(error)))
    }
  }
}
