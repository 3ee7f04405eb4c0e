/** Desktop notifications. */
import { Notification, powerMonitor } from 'electron'
import type { Desktop } from '../desktop.ts'
import { runSafely } from '../lifecycle/run-safely.ts'
import { NOTIFICATIONS_HELD, NOTIFICATION_BODY_CHARS } from '../limits.ts'
import type { Logger } from '../../platform/log.ts'
import { HealthNotifier } from './health-notifier.ts'
import { APP_NAME } from './names.ts'
import { canUseToasts } from './toasts.ts'
import { shorten } from '../tray/tray-text.ts'

/** Shows a notification beside the tray icon. */
export type ShowBalloon = (title: string, body: string, onClick: () => void) => void

/** Shows notifications, and holds each until it is clicked or closed. */
export class Notifications {
  /**
   * Notifications that can still be clicked. One without a reference is garbage-collected, and its click event is
   * lost.
   */
  readonly #held = new Set<Notification>()

  readonly #log: Logger
  #balloon: ShowBalloon | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  /** Sets what is used where {@link canUseToasts} is false. */
  setBalloon(show: ShowBalloon): void {
    this.#balloon = show
  }

  /** Number of notifications that can still be clicked. */
  get held(): number {
    return this.#held.size
  }

  /** Shows a notification if the system supports them. An error is logged and not thrown. */
  show(title: string, body: string, onClick: () => void): void {
    runSafely(this.#log, 'showing a notification', () => this.#show(title, body, onClick))
  }

  #show(title: string, body: string, onClick: () => void): void {
    const text = shorten(body, NOTIFICATION_BODY_CHARS)
    if (!canUseToasts()) {
      this.#balloon?.(title, text, onClick)
      return
    }
    if (!Notification.isSupported()) return
    const notification = new Notification({ title, body: text })
    const release = (): void => void this.#held.delete(notification)
    notification.on('click', () => {
      release()
      runSafely(this.#log, 'the action of a notification', onClick)
    })
    notification.on('close', release)
    notification.on('failed', release)
    this.#held.add(notification)
    // Some systems send no event when a notification disappears, so the number is limited as well.
    const [oldest] = this.#held
    if (this.#held.size > NOTIFICATIONS_HELD && oldest !== undefined) this.#held.delete(oldest)
    notification.show()
  }
}

/** Notifies when the overall health turns to down and when it is up again. */
export function setupHealthNotifications(
  { service, notifications, cleanup }: Desktop,
  onClick: () => void,
): void {
  const notifier = new HealthNotifier({
    enabled: () => service.store.config.app?.notifications ?? true,
    notify: (state) => {
      const body = state === 'down' ? service.status().problems.join('; ') : 'Every route is served.'
      notifications.show(`${APP_NAME}: ${state === 'down' ? 'down' : 'well again'}`, body, onClick)
    },
  })
  service.on('overall', notifier.onOverall)
  powerMonitor.on('resume', notifier.onResume)
  cleanup.add(() => {
    service.off('overall', notifier.onOverall)
    powerMonitor.off('resume', notifier.onResume)
    notifier.stop()
  })
}
