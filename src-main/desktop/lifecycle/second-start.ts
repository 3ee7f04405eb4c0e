/** The app was started once more: the one that runs comes forward. */
import { app } from 'electron'

export interface StartHandlers {
  readonly comeForward: () => void
  /** Asks whether the password is to be removed. */
  readonly askForReset: () => void
}

/**
 * A start at login, beside one by hand, shows nothing.
 *
 * With `--reset-password` the running app asks before it removes anything, other than at a first start: there
 * somebody typed the flag and waits for the program; here any process of the same user could hand the flag to an
 * app in use, and a shortcut that holds it would take the password away again with each click.
 */
export function followStarts({ comeForward, askForReset }: StartHandlers): void {
  app.on('second-instance', (_event, argv) => {
    if (argv.includes('--reset-password')) askForReset()
    else if (!argv.includes('--hidden')) comeForward()
  })
  // macOS starts no second process: it tells the first one.
  app.on('activate', comeForward)
}
