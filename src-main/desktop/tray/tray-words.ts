/** The words of the tray. Pure. */
import { MENU_LINE_CHARS, TOOLTIP_CHARS } from '../limits.ts'
import { APP_NAME } from '../system/names.ts'
import type { TrayBackend, TrayState } from './tray-state.ts'

/** Cuts a text to a length in UTF-16 units, as Windows counts them, without splitting a character. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text
  const cut = text.slice(0, max - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** A text as one line of a menu; a single `&` would mark the next letter as a shortcut. */
export function menuLine(text: string): string {
  return shorten(text.replaceAll(/\s+/g, ' '), MENU_LINE_CHARS).replaceAll('&', '&&')
}

const MARKS = { healthy: '✓', unhealthy: '✗', unknown: '…' } as const

/** What a backend's state is called: its last error where it is unhealthy. */
function stateWords({ status, error }: TrayBackend): string {
  if (status === 'unknown') return 'not checked yet'
  return status === 'unhealthy' && error !== '' ? error : status
}

export function backendLine(backend: TrayBackend): string {
  return menuLine(`${MARKS[backend.status]} ${backend.name}: ${stateWords(backend)}`)
}

function healthWords({ backends, overall, problems }: TrayState): string {
  if (backends.length === 0) return 'no backends configured'
  const healthy = backends.filter(({ status }) => status === 'healthy').length
  const count = `${healthy} of ${backends.length} ${backends.length === 1 ? 'backend' : 'backends'} healthy`
  const reasons = backends
    .filter(({ status }) => status === 'unhealthy')
    .map((backend) => `${backend.name}: ${stateWords(backend)}`)
  // Every backend may be well and a route still lead nowhere, as without a default backend.
  const told = overall === 'down' && reasons.length === 0 ? problems.slice(0, 1) : reasons
  return [overall === 'down' ? `down, ${count}` : count, ...told].join('; ')
}

/** The whole in one sentence that fits a tooltip. */
export function tooltipText(state: TrayState): string {
  const words = state.startProblem?.message ?? healthWords(state)
  const end = state.debug ? ' (debug mode)' : ''
  return shorten(`${APP_NAME}: ${words.replaceAll(/\s+/g, ' ')}`, TOOLTIP_CHARS - end.length) + end
}
