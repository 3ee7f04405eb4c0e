/** What every part of the desktop is set up with. */
import type { Service } from '../app/service.ts'
import { errorText } from '../platform/errors.ts'
import type { Flags } from '../platform/flags.ts'
import type { Logger } from '../platform/log.ts'
import type { Notifications } from './system/notifications.ts'

export interface Desktop {
  readonly flags: Flags
  readonly service: Service
  readonly log: Logger
  readonly notifications: Notifications
  /** Whether the system started the app at login: the user did not ask for a window. */
  readonly openedAtLogin: boolean
  /** Run when the app quits, before the service stops. */
  readonly cleanup: Cleanup
}

/** Functions that undo what was set up. */
export class Cleanup {
  readonly #functions: (() => void)[] = []

  add(undo: () => void): void {
    this.#functions.push(undo)
  }

  /** Calls all functions in the order they were added. One that fails is logged and keeps no other from running. */
  run(log: Logger): void {
    for (const undo of this.#functions.splice(0)) {
      try {
        undo()
      } catch (error) {
        log.error({ error: errorText(error) }, 'a part of the desktop could not be stopped')
      }
    }
  }
}

/** The URL of the service for this computer; undefined while the service does not listen. */
export function ownBase(service: Service): string | undefined {
  return service.address === undefined ? undefined : service.status().addresses[0]
}
