/** The theme selected in this browser. */
import { browserStorage } from './storage.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'theme'

export function readTheme(): Theme {
  const stored = browserStorage()?.getItem(KEY)
  return THEMES.find((theme) => theme === stored) ?? 'system'
}

/** Applies a theme; `system` follows the browser. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function rememberTheme(theme: Theme): void {
  browserStorage()?.setItem(KEY, theme)
}
