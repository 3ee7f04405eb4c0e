/** Asks once whether Immich's queues are to be paused while the app is closed. */
import type { Service } from '../../app/service.ts'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { APP_NAME } from '../system/names.ts'
import { ask } from './ask.ts'

const BUTTONS = ['Pause them', 'Leave them running']

/**
 * Asks where the queue guard is on and nobody was asked before, and keeps the answer. Closing the question counts as
 * *Leave them running*. Never rejects: the app is about to end.
 */
export async function askAboutQueues(
  { immich, store }: Pick<Service, 'immich' | 'store'>,
  log: Logger,
): Promise<void> {
  if (immich.status().guard !== 'on' || store.config.app?.pauseQueuesOnQuit !== undefined) return
  try {
    const answer = await ask({
      type: 'question',
      title: APP_NAME,
      message: 'Pause Immich’s queues while this app is closed?',
      detail:
        'Photos that Immich wants to have analysed meanwhile then wait until the app runs again. Else their jobs fail, and Immich does not repeat them.',
      buttons: BUTTONS,
      defaultId: 0,
      cancelId: 1,
      noLink: true,
    })
    store.edit((config) => ({ ...config, app: { ...config.app, pauseQueuesOnQuit: answer === 0 } }))
  } catch (error) {
    log.error({ error: errorText(error) }, 'the answer about Immich’s queues could not be kept')
  }
}
