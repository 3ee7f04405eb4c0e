/** Which file under `resources/tray` shows a state. Pure. */
import type { Overall } from '../../../src-shared/api.ts'

export type IconState = Overall | 'error'

export const ICON_STATES: readonly IconState[] = ['healthy', 'degraded', 'down', 'idle', 'error']

/** The sizes of the Linux icons, pixels. */
export const LINUX_SIZES = [16, 22, 24, 32, 48] as const
/** What panels reserve for an icon, in pixels of an unscaled display. */
const LINUX_PANEL_SIZE = 22

function linuxSize(scaleFactor: number): number {
  const wanted = LINUX_PANEL_SIZE * scaleFactor
  return LINUX_SIZES.find((size) => size >= wanted) ?? LINUX_SIZES[LINUX_SIZES.length - 1] ?? LINUX_PANEL_SIZE
}

/**
 * The path of an icon below `resources/tray`. Windows picks a size out of the .ico, macOS the `@2x` beside the
 * template by itself; on Linux the panel scales what it is given, so the fitting size is chosen here.
 */
export function trayIconPath(
  state: IconState,
  debug: boolean,
  platform: NodeJS.Platform,
  scaleFactor: number,
): string {
  const name = debug ? `${state}-debug` : state
  if (platform === 'win32') return `win32/${name}.ico`
  if (platform === 'darwin') return `darwin/${name}Template.png`
  return `linux/${name}-${linuxSize(scaleFactor)}.png`
}
