/** The texts of the tray. Pure. */
import { isAsked } from '../../../src-shared/routing/overall.ts'
import { MENU_LINE_CHARS, TOOLTIP_CHARS } from '../limits.ts'
import { APP_NAME } from '../system/names.ts'
import type { TrayBackend, TrayState } from './tray-state.ts'

/** Shortens a text to `max` UTF-16 units, which Windows counts, without splitting a character. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text
  const cut = text.slice(0, max - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** A text as one line of a menu. `&` is doubled, as a single one marks the next letter as a keyboard shortcut. */
export function menuLine(text: string): string {
  return shorten(text.replaceAll(/\s+/g, ' '), MENU_LINE_CHARS).replaceAll('&', '&&')
}

const MARKS = { healthy: '✓', unhealthy: '✗', unknown: '…' } as const
const HELD_BACK_MARK = '–'

/** The state of a backend; for one that is not asked why, and for an unhealthy one its last error. */
function stateText({ status, error, availability, reason }: TrayBackend): string {
  if (!isAsked(availability)) return reason
  if (status === 'unknown') return 'not checked yet'
  return status === 'unhealthy' && error !== '' ? error : status
}

/** The same with how many wait for it. */
function lineText(backend: TrayBackend): string {
  const { held } = backend
  const text = stateText(backend)
  return held === 0 ? text : `${held} waiting for it; ${text}`
}

export function backendLine(backend: TrayBackend): string {
  const mark = isAsked(backend.availability) ? MARKS[backend.status] : HELD_BACK_MARK
  return menuLine(`${mark} ${backend.name}: ${lineText(backend)}`)
}

/**
 * What the service does now. On Linux without figures: nothing tells there that the menu opens, so they would be as old as
 * the last refresh.
 */
export function activityLine({ running, waiting, platform }: TrayState): string {
  if (running + waiting === 0) return 'No predictions running'
  if (platform === 'linux') return 'Predictions are running'
  return waiting === 0 ? `${running} running` : `${running} running, ${waiting} waiting`
}

function healthText({ backends, overall, problems }: TrayState): string {
  if (backends.length === 0) return 'no backends configured'
  const healthy = backends.filter(
    ({ status, availability }) => status === 'healthy' && isAsked(availability),
  ).length
  const count = `${healthy} of ${backends.length} ${backends.length === 1 ? 'backend' : 'backends'} healthy`
  const reasons = backends
    .filter(({ status, availability }) => status === 'unhealthy' || !isAsked(availability))
    .map((backend) => `${backend.name}: ${stateText(backend)}`)
  // All backends may be healthy and a route still have none, for example without a default backend.
  const shown = overall === 'down' && reasons.length === 0 ? problems.slice(0, 1) : reasons
  const isTold = overall === 'down' || overall === 'waiting' || overall === 'paused'
  return [isTold ? `${overall}, ${count}` : count, ...shown].join('; ')
}

/** The state in one sentence, short enough for a tooltip. */
export function tooltipText(state: TrayState): string {
  const progress = state.progress === '' ? '' : `${state.progress}; `
  const text = state.startProblem?.message ?? `${progress}${healthText(state)}`
  const end = state.debug ? ' (debug mode)' : ''
  return shorten(`${APP_NAME}: ${text.replaceAll(/\s+/g, ' ')}`, TOOLTIP_CHARS - end.length) + end
}
