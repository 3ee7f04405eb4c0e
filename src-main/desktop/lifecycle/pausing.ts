/** Pauses the backends of this computer, and says before the first pause what that means for Immich. */
import { app } from 'electron'
import * as z from 'zod'
import { pauseUntil, type PauseEnd } from '../tray/pause-ends.ts'
import { errorText } from '../../platform/errors.ts'
import type { Service } from '../../app/service.ts'
import { StateFile } from '../../settings/state-file.ts'
import { APP_NAME } from '../system/names.ts'
import { ask, type Question } from './ask.ts'

const QUESTION: Question = {
  type: 'info',
  title: APP_NAME,
  message: 'Pause machine learning on this computer?',
  detail:
    'What runs now is finished. Immich goes on sending photos: those that no other backend takes wait up to 4½ minutes, and ' +
    'are then lost until you start “Missing” in Immich. For longer pauses turn on the queue guard on the page /config, under ' +
    'Immich: then Immich keeps its photos until the pause is over.',
  buttons: ['Pause', 'Cancel'],
  defaultId: 0,
  cancelId: 1,
  noLink: true,
}

/** The state file that says what was explained already. */
const EXPLAINED = { name: 'tray', url: 'pause' }

/** Owns the one explanation; a second pause while it is open does nothing. */
export class Pausing {
  readonly #service: Pick<Service, 'courtesy' | 'log'>
  readonly #explained: StateFile<true>
  #isAsking = false

  constructor(service: Pick<Service, 'courtesy' | 'log'>) {
    this.#service = service
    const folder = app.getPath('userData')
    this.#explained = new StateFile({
      folder,
      subject: 'explained',
      schema: z.literal(true),
      log: service.log,
    })
  }

  /** Pauses all backends of this computer, the first time after a question. */
  async pause(end: PauseEnd): Promise<void> {
    if (this.#isAsking || !(await this.#isAgreed())) return
    const { courtesy } = this.#service
    courtesy.pauseThisComputer({ until: pauseUntil(end, Date.now()) })
  }

  async #isAgreed(): Promise<boolean> {
    if (this.#explained.get(EXPLAINED) === true) return true
    this.#isAsking = true
    try {
      if ((await ask(QUESTION)) === QUESTION.cancelId) return false
    } finally {
      this.#isAsking = false
    }
    try {
      this.#explained.set(EXPLAINED, true)
    } catch (error) {
      // It is explained once more next time.
      this.#service.log.warn(
        { error: errorText(error) },
        'that the pause was explained could not be written down',
      )
    }
    return true
  }
}
