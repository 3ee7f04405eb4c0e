/** The end, whoever asks for it: requests in flight finish, everything is closed, the process ends. */
import { app, BaseWindow, powerMonitor, type Event } from 'electron'
import { QUIT_GRACE_MS, QUIT_MARGIN_MS } from '../limits.ts'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'

const EXIT_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface QuitOptions {
  readonly log: Logger
  /** Closes everything; requests in flight may take `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>
  /** Whether work is in flight. */
  readonly isBusy: () => boolean
}

export class Quitter {
  readonly #options: QuitOptions
  #ending = false
  /** Windows tells the end of a session to windows alone; this one is never shown. */
  #listener: BaseWindow | undefined

  constructor(options: QuitOptions) {
    this.#options = options
  }

  /** Listens to all that can ask for the end; once the app is ready. */
  listen(): void {
    // Without a listener the app would end with its window.
    app.on('window-all-closed', () => undefined)
    app.on('before-quit', (event) => {
      event.preventDefault()
      this.end('quit')
    })
    for (const signal of EXIT_SIGNALS) process.on(signal, () => this.end(signal))
    // On Windows the event does not exist; on macOS and Linux the system waits while it is prevented.
    powerMonitor.on('shutdown', (event?: Event) => {
      event?.preventDefault()
      this.end('shutdown')
    })
    if (process.platform === 'win32') this.#hearSessionEnd()
  }

  /** Ends the app; a second call changes nothing. */
  end(reason: string): void {
    if (this.#ending) return
    this.#ending = true
    const { log } = this.#options
    log.info({ reason }, 'the app ends')
    // A quit that is issued once more is not always heard, so the process is ended in any case.
    const limit = setTimeout(() => app.exit(0), QUIT_GRACE_MS + QUIT_MARGIN_MS)
    void this.#options
      .close(QUIT_GRACE_MS)
      .catch((error: unknown) => log.error({ error: errorText(error) }, 'not everything could be closed'))
      .finally(() => {
        clearTimeout(limit)
        try {
          // At the end of a session Windows may have taken it away already.
          if (this.#listener?.isDestroyed() === false) this.#listener.destroy()
        } finally {
          app.exit(0)
        }
      })
  }

  #hearSessionEnd(): void {
    this.#listener = new BaseWindow({ show: false, skipTaskbar: true })
    this.#listener.on('query-session-end', (event) => {
      // Others may still call the end off; only work in flight is worth to hold it up and to begin at once.
      if (!this.#options.isBusy()) return
      event.preventDefault()
      this.end('query-session-end')
    })
    this.#listener.on('session-end', () => this.end('session-end'))
  }
}
