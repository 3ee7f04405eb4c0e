/**
 * Launch at login. The system has the say: people switch entries off in its own settings too. So a change of our
 * setting is brought to the system once, and what is shown is what the system says.
 */
import { realpathSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { app, type LoginItemSettingsOptions } from 'electron'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import type { ConfigStore } from '../../settings/store.ts'
import { autostartFile, hasAutostart, repairAutostart, setAutostart } from './autostart.ts'

/** Whether this start is one at login: by our own flag, on macOS by what the system says. */
export function startedAtLogin(hidden: boolean): boolean {
  return hidden || (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin)
}

/** The long name of a path, which Windows also gives in a short form; the path itself where it is not there. */
function real(name: string): string {
  try {
    return realpathSync.native(name)
  } catch {
    // Not there, or not to be read: compared as it stands.
    return path.resolve(name)
  }
}

function isBelow(file: string, folder: string | undefined): boolean {
  if (folder === undefined || folder === '') return false
  const way = path.relative(real(folder), real(file))
  return way !== '' && !way.startsWith('..') && !path.isAbsolute(way)
}

/**
 * The program that stays when this process is gone: an AppImage and a portable .exe run from a folder that is
 * made anew at each start, and name their own file in the environment. A program that was started by one of those
 * inherits its environment, so the folder is looked at too.
 */
function program(): string {
  const { APPDIR, APPIMAGE, PORTABLE_EXECUTABLE_FILE } = process.env
  if (APPIMAGE !== undefined && isBelow(process.execPath, APPDIR)) return APPIMAGE
  if (PORTABLE_EXECUTABLE_FILE !== undefined && isBelow(process.execPath, tmpdir())) {
    return PORTABLE_EXECUTABLE_FILE
  }
  return process.execPath
}

export interface LaunchAtLoginOptions {
  readonly store: ConfigStore
  readonly log: Logger
  /** The folder of the command line, where one was named. */
  readonly userDataDir: string | undefined
}

export class LaunchAtLogin {
  readonly #options: LaunchAtLoginOptions
  /** The setting that was brought to the system. */
  #applied: boolean | undefined

  constructor(options: LaunchAtLoginOptions) {
    this.#options = options
    this.#applied = this.#setting
  }

  /** What the system says; in development, where nothing is registered, what the setting says. */
  get isOn(): boolean {
    if (!app.isPackaged) return this.#setting ?? false
    try {
      if (process.platform === 'linux') return hasAutostart(autostartFile(process.env, homedir()))
      const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings(this.#item())
      // Windows keeps an entry that was switched off in its settings.
      return openAtLogin && (process.platform !== 'win32' || executableWillLaunchAtLogin)
    } catch (error) {
      this.#options.log.debug(
        { error: errorText(error) },
        'the system does not say whether the app starts at login',
      )
      return false
    }
  }

  /** Follows the setting from now on. Of what is there already only a path that leads nowhere is mended. */
  follow(): void {
    const { store, log } = this.#options
    if (app.isPackaged && process.platform === 'linux') {
      try {
        repairAutostart(autostartFile(process.env, homedir()), program())
      } catch (error) {
        log.warn({ error: errorText(error) }, 'the entry for launch at login could not be looked after')
      }
    }
    store.on('change', () => {
      const wanted = this.#setting
      if (wanted === this.#applied) return
      this.#applied = wanted
      // What was never chosen is left as the system has it.
      if (wanted !== undefined) this.#apply(wanted)
    })
  }

  /**
   * Brings a choice to the system and saves it, also where the setting says so already and the system does not.
   * @throws {AppError} CONFIG_UNWRITABLE
   */
  set(on: boolean): void {
    const { store } = this.#options
    this.#applied = on
    this.#apply(on)
    // Not by way of a posted configuration: that must hold a backend, and this setting may come first.
    store.edit((config) => ({ ...config, app: { ...config.app, launchAtLogin: on } }))
  }

  get #setting(): boolean | undefined {
    return this.#options.store.config.app?.launchAtLogin
  }

  /** The command line of a start at login: no window, the same folder. */
  get #arguments(): string[] {
    const { userDataDir } = this.#options
    return ['--hidden', ...(userDataDir === undefined ? [] : [`--user-data-dir=${userDataDir}`])]
  }

  /**
   * Windows tells login items apart by their path and arguments; macOS takes neither. The path goes in quotes, or
   * Electron compares it up to its first space (electron#53911); the arguments are quoted by Electron itself.
   */
  #item(): LoginItemSettingsOptions {
    return process.platform === 'win32' ? { path: `"${program()}"`, args: this.#arguments } : {}
  }

  #apply(wanted: boolean): void {
    const { log } = this.#options
    if (!app.isPackaged) {
      log.info('launch at login is put in force by the installed app only')
      return
    }
    try {
      if (process.platform === 'linux') {
        const command = wanted ? [program(), ...this.#arguments] : undefined
        setAutostart(autostartFile(process.env, homedir()), command)
      } else {
        app.setLoginItemSettings({ ...this.#item(), openAtLogin: wanted })
      }
    } catch (error) {
      log.error({ error: errorText(error) }, 'launch at login could not be set')
    }
    if (this.isOn !== wanted)
      log.warn({ wanted }, 'the system does not follow the setting of launch at login')
  }
}
