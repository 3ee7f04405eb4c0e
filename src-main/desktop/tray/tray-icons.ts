/** The icon file for each state, relative to `resources/tray`. Pure. */
import type { Overall } from '../../../src-shared/api.ts'

/** `error`: the service could not be started. */
export type IconState = Overall | 'error'

export const ICON_STATES: readonly IconState[] = [
  'healthy',
  'degraded',
  'waiting',
  'paused',
  'down',
  'idle',
  'error',
]

/** Sizes of the icons for Linux in pixels. */
export const LINUX_SIZES = [16, 22, 24, 32, 48] as const
/** Size that panels reserve for an icon on a display without scaling, in pixels. */
const LINUX_PANEL_SIZE = 22

function linuxSize(scaleFactor: number): number {
  const wanted = LINUX_PANEL_SIZE * scaleFactor
  return LINUX_SIZES.find((size) => size >= wanted) ?? LINUX_SIZES[LINUX_SIZES.length - 1] ?? LINUX_PANEL_SIZE
}

/**
 * The path of an icon relative to `resources/tray`. Windows chooses a size from the .ico and macOS the `@2x` file
 * beside the template image. Linux panels scale the image they get, so the size is chosen here.
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
