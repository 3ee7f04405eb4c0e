/**
 * Launch at login. The system decides: users can disable the entry in its settings too. So our setting is applied to
 * the system only when it changes, and the app shows what the system reports.
 */
import { homedir } from 'node:os'
import { app, type LoginItemSettingsOptions } from 'electron'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import type { ConfigStore } from '../../settings/store.ts'
import type { Desktop } from '../desktop.ts'
import { autostartFile, hasAutostart, repairAutostart, setAutostart } from './autostart.ts'
import { programFile } from './program.ts'

/** Whether the system started the app at login: our flag says so, and on macOS the system itself. */
export function wasOpenedAtLogin(hidden: boolean): boolean {
  return hidden || (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin)
}

export interface LaunchAtLoginOptions {
  readonly store: Pick<ConfigStore, 'config' | 'edit'>
  readonly log: Logger
  /** The user data folder if the command line named one; the login item must name it too. */
  readonly userDataDir: string | undefined
}

/** Owns the setting as it was last applied to the system; what is registered is asked of the system each time. */
export class LaunchAtLogin {
  readonly #options: LaunchAtLoginOptions
  /** The value of the setting that was applied to the system last. */
  #applied: boolean | undefined

  constructor(options: LaunchAtLoginOptions) {
    this.#options = options
    this.#applied = this.#setting
  }

  /** Whether the system starts the app at login. In development nothing is registered and the setting is returned. */
  get isOn(): boolean {
    if (!app.isPackaged) return this.#setting ?? false
    try {
      if (process.platform === 'linux') return hasAutostart(autostartFile(process.env, homedir()))
      const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings(this.#item())
      // Windows keeps the item of an app that was disabled in its settings.
      return openAtLogin && (process.platform !== 'win32' || executableWillLaunchAtLogin)
    } catch (error) {
      this.#options.log.debug({ error: errorText(error) }, 'the launch-at-login state could not be read')
      return false
    }
  }

  /** Applies changes of the setting from now on. An existing entry is changed only if its program no longer exists. */
  follow(store: Pick<ConfigStore, 'on'>): void {
    const { log } = this.#options
    if (app.isPackaged && process.platform === 'linux') {
      try {
        repairAutostart(autostartFile(process.env, homedir()), programFile())
      } catch (error) {
        log.warn({ error: errorText(error) }, 'the autostart entry could not be checked')
      }
    }
    store.on('change', () => {
      const wanted = this.#setting
      if (wanted === this.#applied) return
      this.#applied = wanted
      // A setting that is absent leaves the system as it is.
      if (wanted !== undefined) this.#apply(wanted)
    })
  }

  /**
   * Applies a choice to the system and saves it, even if the saved setting is the same already, because the system may
   * differ from it.
   * @throws {AppError} CONFIG_UNWRITABLE
   */
  set(on: boolean): void {
    const { store } = this.#options
    this.#applied = on
    this.#apply(on)
    // A posted configuration must have a backend, but this setting may be the first one that is saved.
    store.edit((config) => ({ ...config, app: { ...config.app, launchAtLogin: on } }))
  }

  get #setting(): boolean | undefined {
    return this.#options.store.config.app?.launchAtLogin
  }

  /** The arguments of a start at login: no window, and the same user data folder. */
  get #arguments(): string[] {
    const { userDataDir } = this.#options
    return ['--hidden', ...(userDataDir === undefined ? [] : [`--user-data-dir=${userDataDir}`])]
  }

  /**
   * The login item. Windows identifies items by path and arguments; macOS accepts neither. The path is quoted because
   * Electron compares an unquoted one only up to its first space (electron#53911). Electron quotes the arguments.
   */
  #item(): LoginItemSettingsOptions {
    return process.platform === 'win32' ? { path: `"${programFile()}"`, args: this.#arguments } : {}
  }

  #apply(wanted: boolean): void {
    const { log } = this.#options
    if (!app.isPackaged) {
      log.info('launch at login has an effect in the packaged app only')
      return
    }
    try {
      if (process.platform === 'linux') {
        const command = wanted ? [programFile(), ...this.#arguments] : undefined
        setAutostart(autostartFile(process.env, homedir()), command)
      } else {
        app.setLoginItemSettings({ ...this.#item(), openAtLogin: wanted })
      }
    } catch (error) {
      log.error({ error: errorText(error) }, 'launch at login could not be set')
    }
    if (this.isOn !== wanted) log.warn({ wanted }, 'the system did not accept the launch-at-login setting')
  }
}

export function setupLaunchAtLogin({ flags, service }: Desktop): LaunchAtLogin {
  const { store, log } = service
  // The default folder is not named, as it may be another one by the time of the login.
  const userDataDir = flags.userDataDir === undefined ? undefined : app.getPath('userData')
  const launchAtLogin = new LaunchAtLogin({ store, log, userDataDir })
  launchAtLogin.follow(store)
  return launchAtLogin
}
