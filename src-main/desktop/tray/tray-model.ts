/** The tray as plain data: which icon, which words, which menu. Pure, so that every state can be tested. */
import { MENU_BACKENDS } from '../limits.ts'
import { APP_NAME } from '../system/names.ts'
import { trayIconPath } from './tray-icons.ts'
import type { TrayState } from './tray-state.ts'
import { backendLine, menuLine, tooltipText } from './tray-words.ts'
import type { ViewPage } from '../window/view-url.ts'

/** What a menu item does when it is clicked. */
export type TrayAction =
  | { readonly do: 'open'; readonly page: ViewPage }
  | { readonly do: 'browse' }
  | { readonly do: 'copy'; readonly text: string }
  | { readonly do: 'debug'; readonly on: boolean }
  | { readonly do: 'launch-at-login'; readonly on: boolean }
  | { readonly do: 'remove-password' }
  | { readonly do: 'config-folder' }
  | { readonly do: 'logs' }
  | { readonly do: 'retry' }
  | { readonly do: 'change-port' }
  | { readonly do: 'quit' }

export type TrayItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly kind: 'check'; readonly label: string; readonly checked: boolean; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] }

export interface TrayModel {
  /** Below `resources/tray`. */
  readonly icon: string
  readonly tooltip: string
  readonly items: readonly TrayItem[]
}

const text = (label: string): TrayItem => ({ kind: 'text', label: menuLine(label) })
const action = (label: string, what: TrayAction): TrayItem => ({ kind: 'action', label, action: what })

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
  // Immich runs on another machine as a rule; where only loopback is listened on there is nothing else to offer.
  const useful = outside.length > 0 ? outside : [local]
  const [only = ''] = useful
  if (useful.length === 1) return action(label, { do: 'copy', text: only })
  const items = useful.map((address) => action(menuLine(address), { do: 'copy', text: address }))
  return { kind: 'submenu', label, items }
}

function servingGroups(state: TrayState): TrayItem[][] {
  const debugMode: TrayItem = {
    kind: 'check',
    label: 'Debug mode',
    checked: state.debug,
    action: { do: 'debug', on: !state.debug },
  }
  return [
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
  const ways = [action('Retry', { do: 'retry' })]
  if (otherPortHelps) ways.push(action('Change port', { do: 'change-port' }))
  return [[text(message)], ways]
}

function commonGroups({ launchAtLogin, passwordSet, version, platform }: TrayState): TrayItem[][] {
  return [
    [
      {
        kind: 'check',
        label: 'Launch at login',
        checked: launchAtLogin,
        action: { do: 'launch-at-login', on: !launchAtLogin },
      },
      // Also while it cannot serve: a forgotten password needs no page.
      ...(passwordSet ? [action('Remove password…', { do: 'remove-password' })] : []),
      action('Open config folder', { do: 'config-folder' }),
      action('Show logs', { do: 'logs' }),
    ],
    [text(`Version ${version}`), action(platform === 'darwin' ? `Quit ${APP_NAME}` : 'Quit', { do: 'quit' })],
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
