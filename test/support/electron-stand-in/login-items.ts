/**
 * The login items of macOS and Windows. On Windows they are lines in the registry, written and read as Electron
 * does it since electron#50016: the program and every argument are put in quotes where they need them.
 */
import type { LoginItemSettings, LoginItemSettingsOptions, Settings } from 'electron'
import { refuse } from './strict.ts'

/** One argument by the rules of CommandLineToArgvW. */
function quoted(argument: string): string {
  if (!/[ \\"]/.test(argument)) return argument
  return `"${argument.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}

/** The arguments in a line as the program finds them, by the same rules. */
export function splitLine(line: string): string[] {
  const found: string[] = []
  let current: string | undefined
  let inQuotes = false
  for (const [, slashes = '', rest = ''] of line.matchAll(/(\\*)("|[^\\]|$)/g)) {
    const half = Math.floor(slashes.length / 2)
    const isEscaped = slashes.length % 2 === 1
    if (slashes !== '') current = (current ?? '') + '\\'.repeat(rest === '"' ? half : slashes.length)
    if (rest === '"' && !isEscaped) {
      inQuotes = !inQuotes
      current ??= ''
    } else if (/\s/.test(rest) && !inQuotes) {
      if (current !== undefined) found.push(current)
      current = undefined
    } else if (rest !== '') {
      current = (current ?? '') + rest
    }
  }
  return current === undefined ? found : [...found, current]
}

/** The program of a line as Chromium reads it: up to the first space where it stands in no quotes. */
function programOf(line: string): string {
  const [bare = '', inQuotes] = /^"([^"]*)"|^\S*/.exec(line) ?? []
  return (inQuotes ?? bare).toLowerCase()
}

function lineOf({ path = '', args = [] }: Pick<Settings, 'path' | 'args'>): string {
  if (/\s/.test(path) && !/^"[^"]*"$/.test(path)) refuse(`the path ${path} is cut at its first space`)
  for (const one of args) if (one.includes('"')) refuse(`Electron puts arguments in quotes by itself: ${one}`)
  return [path.replace(/^"(.*)"$/, '$1'), ...args].map(quoted).join(' ')
}

export class LoginItems {
  /** The lines in the registry of Windows by their name; on macOS the app itself under the same. */
  readonly lines = new Map<string, string>()
  /** The names of those that the user has switched off in the settings of Windows. */
  readonly switchedOff = new Set<string>()
  /** How often one was written or removed. */
  changes = 0

  clear(): void {
    this.lines.clear()
    this.switchedOff.clear()
    this.changes = 0
  }

  set({ name = '', openAtLogin = false, enabled = true, ...item }: Settings): void {
    this.changes++
    const line = lineOf(item)
    if (openAtLogin) this.lines.set(name, line)
    else this.lines.delete(name)
    if (openAtLogin && !enabled) this.switchedOff.add(name)
    else this.switchedOff.delete(name)
  }

  get(
    { name = '', ...item }: LoginItemSettingsOptions & Pick<Settings, 'name'>,
    wasOpenedAtLogin: boolean,
  ): LoginItemSettings {
    const openAtLogin = this.lines.get(name) === lineOf(item)
    const program = programOf(item.path ?? '')
    const same = [...this.lines].filter(([, line]) => programOf(line) === program)
    return {
      openAtLogin,
      wasOpenedAtLogin,
      status: openAtLogin ? 'enabled' : 'not-registered',
      executableWillLaunchAtLogin: same.some(([one]) => !this.switchedOff.has(one)),
      launchItems: [],
    }
  }
}
