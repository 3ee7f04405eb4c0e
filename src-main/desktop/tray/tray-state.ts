/** What the tray shows, gathered as plain data. */
import type { BackendHealth, Overall } from '../../../src-shared/api.ts'

/** Why the service does not serve. */
export interface StartProblem {
  readonly message: string
  /** Whether another port would help. */
  readonly otherPortHelps: boolean
}

export interface TrayBackend extends Pick<BackendHealth, 'status' | 'error'> {
  readonly name: string
}

export interface TrayState {
  readonly platform: NodeJS.Platform
  /** Of the display with the panel; chooses the size of the icon where the system does not. */
  readonly scaleFactor: number
  readonly version: string
  readonly overall: Overall
  readonly startProblem: StartProblem | undefined
  readonly debug: boolean
  readonly backends: readonly TrayBackend[]
  /** Sentences that say what is missing. */
  readonly problems: readonly string[]
  /** Where the service can be reached, loopback first. */
  readonly addresses: readonly string[]
  readonly launchAtLogin: boolean
  readonly passwordSet: boolean
}
