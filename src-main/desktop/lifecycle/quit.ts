/** Quitting: requests in flight are finished, everything is closed, and the process ends within a limit. */
import { app, BaseWindow, powerMonitor, type Event } from 'electron'
import type { Desktop } from '../desktop.ts'
import { QUIT_GRACE_MS, QUIT_MARGIN_MS } from '../limits.ts'
import { askAboutQueues } from './ask-about-queues.ts'
import { errorText } from '../../platform/errors.ts'

const EXIT_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

class Quitter {
  readonly #desktop: Desktop
  #isQuitting = false
  /** Windows tells only windows about the end of a session, so there is one that is never shown. */
  #sessionWindow: BaseWindow | undefined

  constructor(desktop: Desktop) {
    this.#desktop = desktop
  }

  listen(): void {
    // Without a listener Electron quits when the last window is closed.
    app.on('window-all-closed', () => undefined)
    app.on('before-quit', (event) => {
      event.preventDefault()
      this.quit('quit')
    })
    for (const signal of EXIT_SIGNALS) process.on(signal, () => this.quit(signal))
    // macOS and Linux delay the shutdown while the event is prevented. Windows has no such event.
    powerMonitor.on('shutdown', (event?: Event) => {
      event?.preventDefault()
      this.quit('shutdown')
    })
    if (process.platform === 'win32') this.#listenForSessionEnd()
  }

  /** Quits the app. Further calls do nothing. */
  quit(reason: string): void {
    if (this.#isQuitting) return
    this.#isQuitting = true
    const { log } = this.#desktop
    log.info({ reason }, 'quitting')
    void this.#end(reason)
  }

  async #end(reason: string): Promise<void> {
    const { log, service } = this.#desktop
    // Asked before the time limit begins; the end of a session waits for no answer.
    if (reason === 'quit') await askAboutQueues(service, log)
    // Electron ignores app.quit() in some states, so app.exit() ends the process whatever happens.
    const limit = setTimeout(() => app.exit(0), QUIT_GRACE_MS + QUIT_MARGIN_MS)
    void this.#close()
      .catch((error: unknown) => log.error({ error: errorText(error) }, 'not everything could be closed'))
      .finally(() => {
        clearTimeout(limit)
        try {
          // Windows may have destroyed it already at the end of the session.
          if (this.#sessionWindow?.isDestroyed() === false) this.#sessionWindow.destroy()
        } finally {
          app.exit(0)
        }
      })
  }

  async #close(): Promise<void> {
    const { cleanup, log, service } = this.#desktop
    cleanup.run(log)
    if (service.store.config.app?.pauseQueuesOnQuit === true) await service.immich.suspend('quit')
    await service.stop(QUIT_GRACE_MS)
  }

  #listenForSessionEnd(): void {
    this.#sessionWindow = new BaseWindow({ show: false, skipTaskbar: true })
    this.#sessionWindow.on('query-session-end', (event) => {
      // The session may still go on, as another program can object. So only requests in flight are a reason to delay it.
      if (this.#desktop.service.work.inFlight === 0) return
      event.preventDefault()
      this.quit('query-session-end')
    })
    this.#sessionWindow.on('session-end', () => this.quit('session-end'))
  }
}

/** Ends the app in order whoever asks for it: the user, a signal, or the system at its shutdown. */
export function setupQuit(desktop: Desktop): void {
  new Quitter(desktop).listen()
}
