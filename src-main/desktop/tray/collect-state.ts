/** Collects the state of the tray from the service, and reports when it may have changed. */
import { screen } from 'electron'
import { progressText } from '../../../src-shared/immich.ts'
import type { BackendState } from '../../../src-shared/api.ts'
import { TRAY_REFRESH_MS } from '../limits.ts'
import type { Service } from '../../app/service.ts'
import type { LaunchAtLogin } from '../system/launch-at-login.ts'
import type { UpdateCheck } from '../system/update-check.ts'
import type { Startup } from '../lifecycle/startup.ts'
import { ownPauseOf } from './pause-ends.ts'
import type { TrayState } from './tray-state.ts'

/** Where the state of the tray comes from. */
export interface TraySources {
  readonly service: Service
  readonly startup: Startup
  readonly launchAtLogin: LaunchAtLogin
  readonly updateCheck: UpdateCheck
}

export function collectTrayState({ service, startup, launchAtLogin, updateCheck }: TraySources): TrayState {
  const { auth, availability, recorder } = service
  const states = Object.entries(availability.states())
  const sum = (count: (state: BackendState) => number): number =>
    states.reduce((total, [, state]) => total + count(state), 0)
  const { overall, problems, addresses, version } = service.status()
  return {
    platform: process.platform,
    scaleFactor: screen.getPrimaryDisplay().scaleFactor,
    version,
    overall,
    problems,
    addresses,
    startProblem: startup.problem,
    debug: recorder.enabled,
    running: sum(({ inFlight }) => inFlight),
    waiting: sum(({ waiting }) => waiting) + service.waiting,
    backends: states.map(([name, { status, error, availability: stands, reason, held }]) => ({
      name,
      status,
      error,
      availability: stands,
      reason,
      held,
    })),
    ownPause: ownPauseOf(service.courtesy, Date.now()),
    progress: progressText(service.immich.progress()),
    launchAtLogin: launchAtLogin.isOn,
    passwordSet: auth.passwordSet,
    newVersion: updateCheck.newVersion,
  }
}

/**
 * Calls `changed` whenever the state of the tray may have changed.
 * @returns a function that stops the calls
 */
export function onTrayStateChange(
  { service, startup, updateCheck }: TraySources,
  changed: () => void,
): () => void {
  const { auth, availability, recorder, store } = service
  auth.on('change', changed)
  store.on('change', changed)
  availability.on('update', changed)
  recorder.on('status', changed)
  service.on('moved', changed)
  startup.on('started', changed).on('problem', changed)
  updateCheck.on('change', changed)
  screen.on('display-metrics-changed', changed)
  const timer = setInterval(changed, TRAY_REFRESH_MS)
  return () => {
    clearInterval(timer)
    auth.off('change', changed)
    store.off('change', changed)
    availability.off('update', changed)
    recorder.off('status', changed)
    service.off('moved', changed)
    startup.off('started', changed).off('problem', changed)
    updateCheck.off('change', changed)
    screen.off('display-metrics-changed', changed)
  }
}
