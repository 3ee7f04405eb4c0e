/** The state that the tray shows, as plain data. */
import type { BackendHealth, Overall, Standing } from '../../../src-shared/api.ts'

/** Why the service could not be started. */
export interface StartProblem {
  readonly message: string
  /** Whether another port would fix it. */
  readonly otherPortHelps: boolean
}

export interface TrayBackend extends Pick<BackendHealth, 'status' | 'error'>, Omit<Standing, 'until'> {
  readonly name: string
  /** Predictions that wait for it to come back. */
  readonly held: number
}

/** The pause of all backends of this computer. */
export interface OwnPause {
  /** "paused until 18:30" where all of them are paused; undefined where one is not. */
  readonly text: string | undefined
  /** Whether any of them is paused, by hand or by a rule. */
  readonly isAnyPaused: boolean
  /** It is after midnight and before six: the next morning is today's. */
  readonly isNight: boolean
}

export interface TrayState {
  readonly platform: NodeJS.Platform
  /** Scale factor of the primary display; it determines the size of the icon on Linux. */
  readonly scaleFactor: number
  readonly version: string
  readonly overall: Overall
  readonly startProblem: StartProblem | undefined
  readonly debug: boolean
  readonly backends: readonly TrayBackend[]
  /** Sentences that say which routes are not served and why. */
  readonly problems: readonly string[]
  /** URLs of the service, loopback first. */
  readonly addresses: readonly string[]
  /** Predictions on the backends, and those that wait for a backend or for admission. */
  readonly running: number
  readonly waiting: number
  /** The backends that run on this computer, as far as they can be paused; undefined where none does. */
  readonly ownPause: OwnPause | undefined
  /** How far Immich's queues are, as “1,240 left, about 18 min”; empty where nothing is left or known. */
  readonly progress: string
  readonly launchAtLogin: boolean
  readonly passwordSet: boolean
  /** A newer version of the app, if one is known. */
  readonly newVersion: string | undefined
}
