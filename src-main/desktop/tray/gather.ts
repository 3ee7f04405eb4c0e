/** Gathers the tray's state from the service, and hears of its changes. */
import { screen } from 'electron'
import { TRAY_REFRESH_MS } from '../limits.ts'
import type { Service } from '../../app/service.ts'
import type { LaunchAtLogin } from '../system/launch-at-login.ts'
import type { Startup } from '../lifecycle/startup.ts'
import type { TrayState } from './tray-state.ts'

export function trayState(service: Service, startup: Startup, launchAtLogin: LaunchAtLogin): TrayState {
  const { auth, monitor, recorder } = service
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
    backends: Object.entries(monitor.states()).map(([name, { status, error }]) => ({ name, status, error })),
    launchAtLogin: launchAtLogin.isOn,
    passwordSet: auth.passwordSet,
  }
}

/** Calls back whenever the tray's state may have changed. Returns the way to stop. */
export function onTrayChange(service: Service, startup: Startup, changed: () => void): () => void {
  const { auth, monitor, recorder, store } = service
  auth.on('change', changed)
  store.on('change', changed)
  monitor.on('update', changed)
  recorder.on('status', changed)
  service.on('moved', changed)
  startup.on('started', changed).on('problem', changed)
  screen.on('display-metrics-changed', changed)
  const timer = setInterval(changed, TRAY_REFRESH_MS)
  return () => {
    clearInterval(timer)
    auth.off('change', changed)
    store.off('change', changed)
    monitor.off('update', changed)
    recorder.off('status', changed)
    service.off('moved', changed)
    startup.off('started', changed).off('problem', changed)
    screen.off('display-metrics-changed', changed)
  }
}
