/** The stand-in of `app`. */
import path from 'node:path'
import type {
  App,
  CommandLine,
  Dock,
  LoginItemSettings,
  LoginItemSettingsOptions,
  RelaunchOptions,
  Settings,
} from 'electron'
import { LoginItems } from './login-items.ts'
import { eventsOf, PreventableEvent, refuse, StrictEmitter } from './strict.ts'

type AppSurface = Pick<
  App,
  | 'isPackaged'
  | 'isReady'
  | 'whenReady'
  | 'quit'
  | 'exit'
  | 'focus'
  | 'getPath'
  | 'setPath'
  | 'setAppLogsPath'
  | 'getVersion'
  | 'setAppUserModelId'
  | 'enableSandbox'
  | 'disableHardwareAcceleration'
  | 'setActivationPolicy'
  | 'setToastActivatorCLSID'
  | 'requestSingleInstanceLock'
  | 'releaseSingleInstanceLock'
  | 'relaunch'
  | 'getLoginItemSettings'
  | 'setLoginItemSettings'
>

const EVENTS = eventsOf<App>()(
  'activate',
  'before-quit',
  'child-process-gone',
  'quit',
  'ready',
  'second-instance',
  'web-contents-created',
  'will-quit',
  'window-all-closed',
)

const onSystem = (name: string, systems: readonly NodeJS.Platform[]): void => {
  if (!systems.includes(process.platform)) refuse(`app.${name} does not exist on ${process.platform}`)
}

type DockSurface = Pick<Dock, 'show' | 'hide' | 'isVisible'>

/** The Dock of macOS: hiding the icon within a second after it was shown is ignored. */
class StandInDock implements DockSurface {
  #isVisible = false
  #shownAt = -Infinity

  show(): Promise<void> {
    this.#isVisible = true
    this.#shownAt = performance.now()
    return Promise.resolve()
  }

  hide(): void {
    if (performance.now() - this.#shownAt >= 1_000) this.#isVisible = false
  }

  isVisible(): boolean {
    return this.#isVisible
  }
}

/** Switches that Chromium reads before any JavaScript runs; appending them later has no effect. */
const READ_BEFORE_JAVASCRIPT = new Set(['ozone-platform', 'headless'])

class StandInCommandLine implements Pick<CommandLine, 'appendSwitch' | 'hasSwitch'> {
  readonly switches = new Map<string, string>()
  /** Switches that were on the command line when the process started. */
  readonly given = new Map<string, string>()
  readonly #isReady: () => boolean

  constructor(isReady: () => boolean) {
    this.#isReady = isReady
  }

  /** The process is started with a switch. */
  give(name: string, value = ''): void {
    this.given.set(name, value)
    this.switches.set(name, value)
  }

  appendSwitch(name: string, value = ''): void {
    if (this.#isReady()) refuse(`--${name} after ready: Chromium has read its switches`)
    if (name.startsWith('-')) refuse(`a switch is named without its dashes, not "${name}"`)
    if (READ_BEFORE_JAVASCRIPT.has(name)) return
    this.switches.set(name, value)
  }

  hasSwitch(name: string): boolean {
    return this.switches.has(name)
  }
}

export class StandInApp extends StrictEmitter implements AppSurface {
  isPackaged = true
  #ready = false
  #readyWaiters: (() => void)[] = []
  #paths = new Map<string, string>()
  #locked = false
  /** The restarts that follow when this process has ended. */
  relaunches: RelaunchOptions[] = []
  /** Whether another instance holds the lock already. */
  lockIsTaken = false
  /** Whether there is a display, which on Linux the toolkit needs to start. */
  hasDisplay = true
  sandboxed = false
  /** Whether Chromium starts a GPU process, which takes memory of the GPU even without a window. */
  hasGpuProcess = false
  #usesGpu = true
  userModelId = ''
  /** The COM class of clicked notifications on Windows; a random one at each start unless it is set. */
  toastActivator: string | undefined
  readonly commandLine = new StandInCommandLine(() => this.#ready)
  readonly loginItems = new LoginItems()
  #dock = new StandInDock()
  wasOpenedAtLogin = false
  /** The code the app ended with. */
  exitCode: number | undefined
  /** Called at the end of the process; a booted app really ends there. */
  onExit: (code: number) => void = () => undefined

  constructor() {
    super('app', EVENTS)
  }

  /** Resets it for the next test. */
  reset(folder: string): void {
    this.forgetListeners()
    this.#ready = false
    this.#readyWaiters = []
    this.#locked = false
    this.#usesGpu = true
    this.#dock = new StandInDock()
    this.commandLine.switches.clear()
    this.commandLine.given.clear()
    this.loginItems.clear()
    this.#paths = new Map([
      ['home', folder],
      ['appData', folder],
      ['documents', folder],
      ['userData', path.join(folder, 'Immich ML Proxy')],
    ])
    Object.assign(this, {
      isPackaged: true,
      lockIsTaken: false,
      relaunches: [],
      hasDisplay: true,
      sandboxed: false,
      hasGpuProcess: false,
      userModelId: '',
      toastActivator: undefined,
      wasOpenedAtLogin: false,
      exitCode: undefined,
      onExit: () => undefined,
    })
  }

  /** Exists on macOS alone. */
  get dock(): DockSurface | undefined {
    return process.platform === 'darwin' ? this.#dock : undefined
  }

  /**
   * What Electron does once the entry module has loaded: it starts the toolkit and becomes ready. On Linux the process
   * ends if there is no display, unless another display platform was on the command line from the start.
   */
  becomeReady(): void {
    if (this.exitCode !== undefined) return
    if (process.platform === 'linux' && !this.hasDisplay && !this.commandLine.given.has('ozone-platform')) {
      this.exit(1)
      return
    }
    this.#ready = true
    this.hasGpuProcess = this.#usesGpu
    for (const resolve of this.#readyWaiters) resolve()
    this.emit('ready')
  }

  isReady(): boolean {
    return this.#ready
  }

  whenReady(): Promise<void> {
    if (this.#ready) return Promise.resolve()
    return new Promise((resolve) => {
      this.#readyWaiters.push(resolve)
    })
  }

  quit(): void {
    const event = new PreventableEvent()
    this.emit('before-quit', event)
    if (event.defaultPrevented) return
    this.emit('will-quit', new PreventableEvent())
    this.exit(0)
  }

  exit(code = 0): void {
    if (this.exitCode !== undefined) return
    this.exitCode = code
    this.emit('quit', new PreventableEvent(), code)
    this.onExit(code)
  }

  focus(): void {
    if (!this.#ready) refuse('app.focus before ready')
  }

  getPath(name: Parameters<App['getPath']>[0]): string {
    if (name === 'logs' && !this.#paths.has('logs')) this.setAppLogsPath()
    return this.#paths.get(name) ?? refuse(`app.getPath: no path "${name}" in the stand-in`)
  }

  setPath(name: string, folder: string): void {
    if (!path.isAbsolute(folder)) refuse(`app.setPath: "${folder}" is not absolute`)
    if (name === 'userData' && this.#locked)
      refuse('userData set after the single-instance lock was asked for')
    if (name === 'sessionData' && this.#ready) refuse('sessionData set after ready')
    this.#paths.set(name, folder)
  }

  setAppLogsPath(folder?: string): void {
    const shared = path.join(this.getPath('home'), 'Library/Logs/Immich ML Proxy')
    const own = path.join(this.getPath('userData'), 'logs')
    const logs = folder ?? (process.platform === 'darwin' ? shared : own)
    // Electron does not promise that the folder exists.
    this.#paths.set('logs', logs)
  }

  getVersion(): string {
    return '0.0.0'
  }

  setAppUserModelId(id: string): void {
    if (this.#ready) refuse('setAppUserModelId comes too late after ready')
    this.userModelId = id
  }

  setToastActivatorCLSID(id: string): void {
    onSystem('setToastActivatorCLSID', ['win32'])
    if (!/^\{[\dA-F]{8}(-[\dA-F]{4}){3}-[\dA-F]{12}\}$/i.test(id)) refuse(`${id} is no CLSID`)
    this.toastActivator = id
  }

  enableSandbox(): void {
    if (this.#ready) refuse('app.enableSandbox can only be called before ready')
    // As Electron does: it removes the switch that the starter of an AppImage has added.
    this.commandLine.switches.delete('no-sandbox')
    this.commandLine.given.delete('no-sandbox')
    this.sandboxed = true
  }

  disableHardwareAcceleration(): void {
    if (this.#ready) refuse('app.disableHardwareAcceleration can only be called before ready')
    this.#usesGpu = false
  }

  setActivationPolicy(): void {
    onSystem('setActivationPolicy', ['darwin'])
  }

  requestSingleInstanceLock(): boolean {
    this.#locked = true
    return !this.lockIsTaken
  }

  releaseSingleInstanceLock(): void {
    this.#locked = false
  }

  /** Whether this instance holds the lock. */
  get isLocked(): boolean {
    return this.#locked
  }

  relaunch(options: RelaunchOptions = {}): void {
    const { APPDIR, PORTABLE_EXECUTABLE_FILE } = process.env
    // The program is started once this process has ended.
    if (APPDIR !== undefined && process.execPath.startsWith(APPDIR))
      refuse('the AppImage is unmounted by then')
    if (PORTABLE_EXECUTABLE_FILE !== undefined)
      refuse('the folder of the portable program is deleted by then')
    this.relaunches.push(options)
  }

  getLoginItemSettings(options: LoginItemSettingsOptions = {}): LoginItemSettings {
    onSystem('getLoginItemSettings', ['win32', 'darwin'])
    return this.loginItems.get({ name: this.userModelId, ...options }, this.wasOpenedAtLogin)
  }

  setLoginItemSettings(settings: Settings): void {
    onSystem('setLoginItemSettings', ['win32', 'darwin'])
    this.loginItems.set({ name: this.userModelId, ...settings })
  }
}

export const app = new StandInApp()
