/** A second start of the app: it hands its arguments to the running instance and ends. */
import { app } from 'electron'

export interface SecondInstanceHandlers {
  readonly showApp: () => void
  /** Asks the user whether the password is to be removed. */
  readonly askToRemovePassword: () => void
}

/**
 * Shows the app when it is started again, but not when the system starts it at login (`--hidden`).
 *
 * With `--reset-password` the running app asks before it removes the password. The first instance does not ask, as
 * somebody typed the flag there and waits for the program. But any process of the same user can send the flag to a
 * running app, and a shortcut that contains the flag would remove the password with every click.
 */
export function setupSecondInstance({ showApp, askToRemovePassword }: SecondInstanceHandlers): void {
  app.on('second-instance', (_event, argv) => {
    if (argv.includes('--reset-password')) askToRemovePassword()
    else if (!argv.includes('--hidden')) showApp()
  })
  // macOS starts no second process but sends an event to the running one.
  app.on('activate', showApp)
}
