/** A forgotten password, removed by whoever sits at the computer. */
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
  // Enter must not remove anything.
  defaultId: 1,
  cancelId: 1,
  noLink: true,
}

function told(type: 'info' | 'error', message: string, detail: string): Question {
  return { type, title: APP_NAME, message, detail, buttons: ['OK'], defaultId: 0, cancelId: 0, noLink: true }
}

export class PasswordRemoval {
  readonly #service: Pick<Service, 'resetPassword' | 'auth' | 'log'>
  #isAsking = false

  constructor(service: Pick<Service, 'resetPassword' | 'auth' | 'log'>) {
    this.#service = service
  }

  /** Asks, and removes the password on a yes; where none is set says so. One dialog stands at a time. */
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
      await ask(told('info', 'No password is set', 'There is nothing to remove.'))
      return
    }
    if ((await ask(QUESTION)) === QUESTION.cancelId) return
    try {
      this.#service.resetPassword()
    } catch (error) {
      log.error({ error: errorText(error) }, 'the password was not removed')
      await ask(told('error', 'The password was not removed', errorText(error)))
    }
  }
}
