/** Launch at login: what the configuration says is brought to the system. */
import { homedir } from 'node:os'
import { app } from 'electron'
import { errorText } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { ConfigStore } from '../settings/store.ts'
import { autostartFile, setAutostart } from './autostart.ts'

/** The command line of a start at login: no window, the same folder. */
function loginArguments(userDataDir: string | undefined): string[] {
  return ['--hidden', ...(userDataDir === undefined ? [] : [`--user-data-dir=${userDataDir}`])]
}

/**
 * The program that stays when this process is gone: an AppImage and a portable .exe run from a folder that is
 * made anew at each start, and name their own file in the environment.
 */
function program(): string {
  const { APPIMAGE, PORTABLE_EXECUTABLE_FILE } = process.env
  return APPIMAGE ?? PORTABLE_EXECUTABLE_FILE ?? process.execPath
}

function apply(wanted: boolean, args: string[]): void {
  if (process.platform === 'linux') {
    setAutostart(autostartFile(process.env, homedir()), wanted ? [program(), ...args] : undefined)
    return
  }
  // Windows tells login items apart by their path and arguments; macOS takes neither.
  const item = process.platform === 'win32' ? { path: program(), args: args.map(quotedOnWindows) } : {}
  if (app.getLoginItemSettings(item).openAtLogin === wanted) return
  app.setLoginItemSettings({ ...item, openAtLogin: wanted })
}

/** The registry holds one line: an argument with spaces would come back as several. */
function quotedOnWindows(argument: string): string {
  return /\s/.test(argument) ? `"${argument}"` : argument
}

export function launchesAtLogin(store: ConfigStore): boolean {
  return store.config.app?.launchAtLogin ?? false
}

/** Whether this start is one at login: by our own flag, on macOS by what the system says. */
export function startedAtLogin(hidden: boolean): boolean {
  return hidden || (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin)
}

export interface LaunchAtLoginOptions {
  readonly store: ConfigStore
  readonly log: Logger
  /** The folder of the command line, where one was named. */
  readonly userDataDir: string | undefined
}

/** Follows the setting, and checks the entry now: an AppImage may have been moved since the last start. */
export function followLaunchAtLogin({ store, log, userDataDir }: LaunchAtLoginOptions): void {
  const args = loginArguments(userDataDir)
  let applied: boolean | undefined
  const follow = (): void => {
    const wanted = store.config.app?.launchAtLogin
    // What was never chosen is left as the system has it.
    if (wanted === undefined || wanted === applied) return
    applied = wanted
    if (!app.isPackaged) {
      log.info('launch at login is put in force by the installed app only')
      return
    }
    try {
      apply(wanted, args)
    } catch (error) {
      log.error({ error: errorText(error) }, 'launch at login could not be set')
    }
  }
  follow()
  store.on('change', follow)
}
