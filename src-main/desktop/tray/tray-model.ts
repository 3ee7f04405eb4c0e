/** The tray as plain data: icon, tooltip and menu of a state. Pure, so that every state can be tested. */
import { MENU_BACKENDS } from '../limits.ts'
import { APP_NAME } from '../system/names.ts'
import type { PauseEnd } from './pause-ends.ts'
import { trayIconPath } from './tray-icons.ts'
import type { TrayState } from './tray-state.ts'
import { activityLine, backendLine, menuLine, tooltipText } from './tray-text.ts'
import type { ViewPage } from '../window/view-url.ts'

/** What a click on a menu item does. */
export type TrayAction =
  | { readonly do: 'open'; readonly page: ViewPage }
  | { readonly do: 'browse' }
  | { readonly do: 'copy'; readonly text: string }
  | { readonly do: 'debug'; readonly on: boolean }
  | { readonly do: 'pause'; readonly until: PauseEnd }
  | { readonly do: 'resume' }
  | { readonly do: 'launch-at-login'; readonly on: boolean }
  | { readonly do: 'remove-password' }
  | { readonly do: 'config-folder' }
  | { readonly do: 'logs' }
  | { readonly do: 'report' }
  | { readonly do: 'retry' }
  | { readonly do: 'change-port' }
  | { readonly do: 'release' }
  | { readonly do: 'quit' }

/** A handler for every action of the model. */
export type TrayActions = {
  readonly [Name in TrayAction['do']]: (action: Extract<TrayAction, { do: Name }>) => void | Promise<void>
}

export type TrayItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly kind: 'check'; readonly label: string; readonly checked: boolean; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] }

export interface TrayModel {
  /** Path of the icon relative to `resources/tray`. */
  readonly icon: string
  readonly tooltip: string
  readonly items: readonly TrayItem[]
}

const text = (label: string): TrayItem => ({ kind: 'text', label: menuLine(label) })
const action = (label: string, does: TrayAction): TrayItem => ({ kind: 'action', label, action: does })

function backendItems({ backends }: TrayState): TrayItem[] {
  if (backends.length === 0) return [text('No backends configured')]
  const shown = backends
    .slice(0, MENU_BACKENDS)
    .map((backend): TrayItem => ({ kind: 'text', label: backendLine(backend) }))
  const left = backends.length - shown.length
  return left > 0 ? [...shown, text(`and ${left} more`)] : shown
}

function copyItem(addresses: readonly string[]): TrayItem {
  const label = 'Copy address for Immich'
  const [local = '', ...outside] = addresses
  // Immich usually runs on another machine, so loopback is offered only if the service listens on nothing else.
  const offered = outside.length > 0 ? outside : [local]
  const [only = ''] = offered
  if (offered.length === 1) return action(label, { do: 'copy', text: only })
  const items = offered.map((address) => action(menuLine(address), { do: 'copy', text: address }))
  return { kind: 'submenu', label, items }
}

/** *Pause* means all backends of this computer: whoever sits at it wants it for himself. */
function pauseItems({ ownPause }: TrayState): TrayItem[] {
  if (ownPause === undefined) return []
  const { text: pausedText, isAnyPaused, isNight } = ownPause
  const ends: TrayItem[] = [
    action('For 1 hour', { do: 'pause', until: 'hour' }),
    action(isNight ? 'Until 6:00' : 'Until tomorrow 6:00', { do: 'pause', until: 'morning' }),
    action('Until I resume', { do: 'pause', until: 'resumed' }),
  ]
  const resume = pausedText === undefined ? 'Resume' : menuLine(`Resume (${pausedText})`)
  return [
    { kind: 'submenu', label: 'Pause', items: ends },
    ...(isAnyPaused ? [action(resume, { do: 'resume' })] : []),
  ]
}

function servingGroups(state: TrayState): TrayItem[][] {
  const debugMode: TrayItem = {
    kind: 'check',
    label: 'Debug mode',
    checked: state.debug,
    action: { do: 'debug', on: !state.debug },
  }
  return [
    [
      text(activityLine(state)),
      ...(state.progress === '' ? [] : [text(state.progress)]),
      ...pauseItems(state),
    ],
    backendItems(state),
    [debugMode],
    [
      action('Open configuration', { do: 'open', page: 'config' }),
      action('Open debug view', { do: 'open', page: 'debug' }),
      action('Open in browser', { do: 'browse' }),
      copyItem(state.addresses),
    ],
  ]
}

function problemGroups({ message, otherPortHelps }: NonNullable<TrayState['startProblem']>): TrayItem[][] {
  const remedies = [action('Retry', { do: 'retry' })]
  if (otherPortHelps) remedies.push(action('Change port', { do: 'change-port' }))
  return [[text(message)], remedies]
}

function commonGroups({
  launchAtLogin,
  passwordSet,
  version,
  newVersion,
  platform,
}: TrayState): TrayItem[][] {
  return [
    [
      {
        kind: 'check',
        label: 'Launch at login',
        checked: launchAtLogin,
        action: { do: 'launch-at-login', on: !launchAtLogin },
      },
      // Offered even while the service is not running, as removing the password needs no page.
      ...(passwordSet ? [action('Remove password…', { do: 'remove-password' })] : []),
      action('Open config folder', { do: 'config-folder' }),
      action('Show logs', { do: 'logs' }),
      action('Save a report…', { do: 'report' }),
    ],
    [
      ...(newVersion === undefined ? [] : [action(`Version ${newVersion} is available`, { do: 'release' })]),
      text(`Version ${version}`),
      action(platform === 'darwin' ? `Quit ${APP_NAME}` : 'Quit', { do: 'quit' }),
    ],
  ]
}

export function toTrayModel(state: TrayState): TrayModel {
  const { startProblem, platform, scaleFactor } = state
  const groups = [
    ...(startProblem === undefined ? servingGroups(state) : problemGroups(startProblem)),
    ...commonGroups(state),
  ]
  return {
    icon: trayIconPath(
      startProblem === undefined ? state.overall : 'error',
      state.debug,
      platform,
      scaleFactor,
    ),
    tooltip: tooltipText(state),
    items: groups.flatMap((group, index): TrayItem[] =>
      index === 0 ? group : [{ kind: 'separator' }, ...group],
    ),
  }
}
