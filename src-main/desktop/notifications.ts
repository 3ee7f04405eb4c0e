/** The notifications of the desktop. */
import { Notification } from 'electron'
import type { Service } from '../service.ts'
import { HealthNotifier } from './health-notifier.ts'
import { APP_NAME } from './names.ts'
import { shorten } from './tray-words.ts'

/** Characters that notification centres show of a body. */
const BODY_CHARS = 200

/** Shows a notification, where the system has any; `onClick` brings the user to what it is about. */
export function notify(title: string, body: string, onClick: () => void): void {
  if (!Notification.isSupported()) return
  const notification = new Notification({ title, body: shorten(body, BODY_CHARS) })
  notification.on('click', onClick)
  notification.show()
}

/** Tells when the whole turns down and when it is well again. Returns the way to stop. */
export function tellHealth(service: Service, onClick: () => void): () => void {
  const notifier = new HealthNotifier({
    enabled: () => service.parts.store.config.app?.notifications ?? true,
    notify: (state) => {
      if (state === 'down') notify(`${APP_NAME}: down`, service.status().problems.join('; '), onClick)
      else notify(`${APP_NAME}: well again`, 'Every route is served.', onClick)
    },
  })
  service.on('overall', notifier.onOverall)
  return () => {
    service.off('overall', notifier.onOverall)
    notifier.stop()
  }
}
