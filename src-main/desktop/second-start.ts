/** The app was started once more: the one that runs comes forward. */
import { app } from 'electron'

/** A start at login, beside one by hand, shows nothing. */
export function followStarts(comeForward: () => void): void {
  app.on('second-instance', (_event, argv) => {
    if (!argv.includes('--hidden')) comeForward()
  })
  // macOS starts no second process: it tells the first one.
  app.on('activate', comeForward)
}
