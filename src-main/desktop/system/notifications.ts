/** The notifications of the desktop. */
import { Notification, powerMonitor } from 'electron'
import { NOTIFICATIONS_HELD } from '../limits.ts'
import type { Service } from '../../app/service.ts'
import { HealthNotifier } from './health-notifier.ts'
import { APP_NAME } from './names.ts'
import { shorten } from '../tray/tray-words.ts'

/** Characters that notification centres show of a body. */
const BODY_CHARS = 200

export class Notifications {
  /** Those that may still be clicked: one that nobody holds is collected, and its click goes unheard. */
  readonly #held = new Set<Notification>()

  /** How many wait for a click. */
  get held(): number {
    return this.#held.size
  }

  /** Shows a notification, where the system has any; `onClick` brings the user to what it is about. */
  show(title: string, body: string, onClick: () => void): void {
    if (!Notification.isSupported()) return
    const notification = new Notification({ title, body: shorten(body, BODY_CHARS) })
    const release = (): void => void this.#held.delete(notification)
    notification.on('click', () => {
      release()
      onClick()
    })
    notification.on('close', release)
    notification.on('failed', release)
    this.#held.add(notification)
    // Not every system tells that one has gone.
    const [oldest] = this.#held
    if (this.#held.size > NOTIFICATIONS_HELD && oldest !== undefined) this.#held.delete(oldest)
    notification.show()
  }
}

/** Tells when the whole turns down and when it is well again. Returns the way to stop. */
export function tellHealth(service: Service, notifications: Notifications, onClick: () => void): () => void {
  const notifier = new HealthNotifier({
    enabled: () => service.store.config.app?.notifications ?? true,
    notify: (state) => {
      const words = state === 'down' ? service.status().problems.join('; ') : 'Every route is served.'
      notifications.show(`${APP_NAME}: ${state === 'down' ? 'down' : 'well again'}`, words, onClick)
    },
  })
  service.on('overall', notifier.onOverall)
  powerMonitor.on('resume', notifier.onResume)
  return () => {
    service.off('overall', notifier.onOverall)
    powerMonitor.off('resume', notifier.onResume)
    notifier.stop()
  }
}
