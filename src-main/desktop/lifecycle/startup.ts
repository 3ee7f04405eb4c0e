/** Starts the service. If its port is taken, the user chooses what to do. */
import { EventEmitter } from 'node:events'
import { app } from 'electron'
import { AppError } from '../../platform/errors.ts'
import type { Service } from '../../app/service.ts'
import { ask } from './ask.ts'
import { nextFreePort } from './free-port.ts'
import { APP_NAME } from '../system/names.ts'
import type { StartProblem } from '../tray/tray-state.ts'

interface StartupEvents {
  /** The service listens. */
  started: []
  /** The service does not listen, or the reason why has changed. */
  problem: []
}

/** Errors that another port would fix. */
const PORT_CODES = new Set(['PORT_TAKEN', 'PORT_DENIED'])

interface Problem extends StartProblem {
  readonly code: string
}

type Choice = 'retry' | 'change-port' | 'quit'
const LABELS: Readonly<Record<Choice, string>> = {
  retry: 'Retry',
  'change-port': 'Change port',
  quit: 'Quit',
}

export interface StartupOptions {
  readonly service: Service
  readonly quit: () => void
}

/**
 * Owns why the service does not listen, and the one open question about it. Emits `started` once the service listens.
 */
export class Startup extends EventEmitter<StartupEvents> {
  readonly #service: Service
  readonly #quit: () => void
  #problem: Problem | undefined
  /** The free port that the open question offers. */
  #offered: number | undefined
  #attempt: Promise<void> | undefined
  #dialog: AbortController | undefined

  constructor({ service, quit }: StartupOptions) {
    super()
    this.#service = service
    this.#quit = quit
  }

  get problem(): StartProblem | undefined {
    return this.#problem
  }

  /**
   * Starts the service. If that fails for a reason the user can fix, asks what to do. Concurrent calls share one
   * attempt.
   */
  attempt(): Promise<void> {
    this.#attempt ??= this.#start().finally(() => {
      this.#attempt = undefined
    })
    return this.#attempt
  }

  /** Saves a free port as the configured one and starts the service. */
  async changePort(): Promise<void> {
    const free = this.#offered ?? (await this.#freePort())
    this.#offered = undefined
    try {
      if (free !== undefined && this.#service.address === undefined) this.#service.choosePort(free)
    } catch (error) {
      this.#fail(error)
      return
    }
    await this.attempt()
  }

  /** Asks what to do about the problem, unless there is none or the question is open already. */
  async ask(): Promise<void> {
    const problem = this.#problem
    if (problem === undefined || this.#dialog !== undefined) return
    const closing = new AbortController()
    this.#dialog = closing
    const choice = await this.#choose(problem, closing.signal).finally(() => {
      this.#dialog = undefined
    })
    // The service may have been started from the tray menu meanwhile, which closes the question.
    if (!closing.signal.aborted) await this.#follow(choice)
  }

  #freePort(): Promise<number | undefined> {
    const { host, port } = this.#service.wanted
    return nextFreePort(port, host)
  }

  async #choose(problem: Problem, signal: AbortSignal): Promise<Choice> {
    const choices: Choice[] = problem.otherPortHelps ? ['retry', 'change-port', 'quit'] : ['retry', 'quit']
    const answer = await ask({
      type: 'error',
      title: APP_NAME,
      message: problem.message,
      detail: await this.#detail(problem),
      buttons: choices.map((choice) => LABELS[choice]),
      defaultId: 0,
      // Closing the question quits: an app that cannot serve is of no use.
      cancelId: choices.length - 1,
      noLink: true,
      signal,
    })
    return choices[answer] ?? 'quit'
  }

  async #follow(choice: Choice): Promise<void> {
    if (choice === 'quit') this.#quit()
    else if (choice === 'change-port') await this.changePort()
    else await this.attempt()
  }

  async #detail({ code, otherPortHelps }: Problem): Promise<string> {
    if (!otherPortHelps) return 'Change "server" in config.json, or start the app with --host=HOST.'
    this.#offered = await this.#freePort()
    const isTaken = code === 'PORT_TAKEN'
    if (this.#offered === undefined) {
      return isTaken ? 'End the other program, then retry.' : 'Change "server" in config.json, then retry.'
    }
    const remedy = `let the app listen on port ${this.#offered} from now on`
    return (
      `${isTaken ? `Retry after ending the other program, or ${remedy}` : `Choose “${LABELS['change-port']}” to ${remedy}`}. ` +
      `Immich’s machine-learning URL must then name port ${this.#offered} too.`
    )
  }

  async #start(): Promise<void> {
    if (this.#service.address !== undefined) return
    try {
      await this.#service.start()
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#problem = undefined
    this.#dialog?.abort()
    this.emit('started')
  }

  #fail(error: unknown): void {
    if (!(error instanceof AppError)) throw error
    this.#service.log.error({ code: error.code }, error.message)
    const { code, message } = error
    this.#problem = { code, message, otherPortHelps: PORT_CODES.has(code) }
    this.emit('problem')
    void this.ask()
  }
}

/** Creates the start of the service; it begins with the first {@link Startup.attempt}. */
export function setupStartup(service: Service): Startup {
  return new Startup({ service, quit: () => app.quit() })
}
