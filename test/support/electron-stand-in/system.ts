/** The stand-ins of what reaches the system: notifications, the shell, power, displays. */
import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import type {
  Clipboard,
  Cookies,
  Display,
  ForkOptions,
  NativeTheme,
  Notification,
  NotificationConstructorOptions,
  PowerMonitor,
  PowerSaveBlocker,
  Screen,
  Session,
  Shell,
  UtilityProcess,
} from 'electron'
import { app } from './app.ts'
import { eventsOf, refuse, StrictEmitter } from './strict.ts'

const mustBeReady = (what: string): void => {
  if (!app.isReady()) refuse(`${what} before ready`)
}

/**
 * On Windows any use of notifications, also the question whether they are supported, writes a Start menu shortcut and a
 * COM class into the registry, which both name this program.
 */
function judgeToasts(): void {
  if (process.platform !== 'win32') return
  if (app.toastActivator === undefined)
    refuse('a notification of Windows registers another COM class at each start')
  if (!app.isPackaged) refuse('a notification of Windows leaves a shortcut to Electron itself')
  if (process.env['PORTABLE_EXECUTABLE_FILE'] !== undefined)
    refuse('a notification of Windows leaves a shortcut into a folder that is deleted')
}

export class StandInNotification extends StrictEmitter implements Pick<Notification, 'show'> {
  static shown: StandInNotification[] = []
  static supported = true
  readonly options: NotificationConstructorOptions

  constructor(options: NotificationConstructorOptions = {}) {
    super('Notification', eventsOf<Notification>()('click', 'close', 'show', 'failed'))
    mustBeReady('a notification')
    judgeToasts()
    if (!options.title) refuse('a notification without a title')
    this.options = options
  }

  static isSupported(): boolean {
    judgeToasts()
    return StandInNotification.supported
  }

  show(): void {
    StandInNotification.shown.push(this)
  }
}

class StandInShell implements Pick<Shell, 'openExternal' | 'openPath' | 'showItemInFolder'> {
  urls: string[] = []
  paths: string[] = []
  /** Files that were shown in their folder. */
  items: string[] = []

  showItemInFolder(file: string): void {
    if (!existsSync(file)) refuse(`${file} does not exist`)
    this.items.push(file)
  }

  openExternal(url: string): Promise<void> {
    if (!/^https?:\/\//.test(url)) refuse(`openExternal could start a program with ${url}`)
    this.urls.push(url)
    return Promise.resolve()
  }

  openPath(file: string): Promise<string> {
    if (!existsSync(file)) return Promise.resolve(`${file} does not exist`)
    this.paths.push(file)
    return Promise.resolve('')
  }
}

/** Gives a child of Node the port by which a utility process speaks; like Electron's it starts with its first listener. */
const PARENT_PORT = `data:text/javascript,${encodeURIComponent(`
  import { EventEmitter } from 'node:events'
  const port = new EventEmitter()
  port.postMessage = (message) => process.send(message)
  port.once('newListener', () => process.on('message', (data) => port.emit('message', { data })))
  process.parentPort = port
`)}`

/** A utility process, run by Node in a child of its own. */
export class StandInUtilityProcess
  extends StrictEmitter
  implements Pick<UtilityProcess, 'kill' | 'postMessage'>
{
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    super('UtilityProcess', eventsOf<UtilityProcess>()('error', 'exit', 'message', 'spawn'))
    this.#child = child
    child.on('message', (message) => this.emit('message', message))
    child.on('exit', (code) => this.emit('exit', code ?? 0))
  }

  static fork(modulePath: string, args: string[] = [], options: ForkOptions = {}): StandInUtilityProcess {
    mustBeReady('a utility process')
    if (!existsSync(modulePath)) refuse(`a utility process needs a file, and ${modulePath} is none`)
    const execArgv = ['--import', PARENT_PORT, '--import', 'tsx']
    const child = fork(modulePath, args, { execArgv, env: options.env as NodeJS.ProcessEnv })
    child.unref()
    child.channel?.unref()
    return new StandInUtilityProcess(child)
  }

  kill(): boolean {
    return this.#child.kill()
  }

  postMessage(message: unknown): void {
    this.#child.send(message as object)
  }
}

class StandInClipboard implements Pick<Clipboard, 'writeText'> {
  text = ''

  writeText(text: string): Promise<void> {
    mustBeReady('the clipboard')
    this.text = text
    return Promise.resolve()
  }
}

type Handlers = 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'

type CookieSummary = Pick<Awaited<ReturnType<Cookies['get']>>[number], 'name' | 'value'>

/** The cookies of one host, whatever its port, as of browsers. */
class StandInCookies implements Record<keyof Pick<Cookies, 'get'>, unknown> {
  readonly #values = new Map<string, string>()

  get({ url, name }: Parameters<Cookies['get']>[0]): Promise<CookieSummary[]> {
    if (url === undefined || name === undefined) return refuse('this app asks for the one cookie of its own')
    const value = this.#values.get(name)
    return Promise.resolve(value === undefined ? [] : [{ name, value }])
  }

  /** What a browser sends. */
  get header(): string {
    return Array.from(this.#values, ([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Stores the cookies that a server sets; an empty value removes one. */
  accept(setCookie: readonly string[]): void {
    for (const line of setCookie) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#values.delete(name)
      else this.#values.set(name, value)
    }
  }
}

export class StandInSession implements Pick<Session, Handlers> {
  readonly cookies = new StandInCookies()
  requestHandler: Parameters<Session['setPermissionRequestHandler']>[0] = null
  checkHandler: Parameters<Session['setPermissionCheckHandler']>[0] = null
  deviceHandler: Parameters<Session['setDevicePermissionHandler']>[0] = null

  setPermissionRequestHandler(handler: StandInSession['requestHandler']): void {
    mustBeReady('the session')
    this.requestHandler = handler
  }

  setPermissionCheckHandler(handler: StandInSession['checkHandler']): void {
    this.checkHandler = handler
  }

  setDevicePermissionHandler(handler: StandInSession['deviceHandler']): void {
    this.deviceHandler = handler
  }
}

class StandInPowerSaveBlocker implements PowerSaveBlocker {
  readonly #running = new Set<number>()
  #next = 1

  get count(): number {
    return this.#running.size
  }

  start(type: Parameters<PowerSaveBlocker['start']>[0]): number {
    mustBeReady('powerSaveBlocker')
    if (type !== 'prevent-app-suspension') refuse('the display may go dark while predictions run')
    this.#running.add(this.#next)
    return this.#next++
  }

  stop(id: number): boolean {
    if (!this.#running.delete(id)) refuse(`no power save blocker ${id}`)
    return true
  }

  isStarted(id: number): boolean {
    return this.#running.has(id)
  }
}

type Part<T> = T extends readonly (infer One)[] ? Partial<One>[] : Partial<T>
type DisplaySummary = Pick<Display, 'id' | 'workArea' | 'scaleFactor'>

/** Of a display only what this app asks for. */
type ScreenSurface = {
  [Name in 'getPrimaryDisplay' | 'getAllDisplays']: () => Part<ReturnType<Screen[Name]>>
}

class StandInScreen extends StrictEmitter implements ScreenSurface {
  displays: DisplaySummary[] = [
    { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 }, scaleFactor: 1 },
  ]

  constructor() {
    super('screen', eventsOf<Screen>()('display-added', 'display-removed', 'display-metrics-changed'))
  }

  getPrimaryDisplay(): DisplaySummary {
    mustBeReady('screen')
    return this.displays[0] ?? refuse('no display')
  }

  getAllDisplays(): DisplaySummary[] {
    mustBeReady('screen')
    return this.displays
  }
}

/** Requests of the app to others. Nothing leaves this computer: a test says what is answered. */
class StandInNet implements Record<keyof Pick<typeof import('electron').net, 'fetch'>, unknown> {
  urls: string[] = []
  answer: (signal: AbortSignal | undefined) => Response | Promise<Response> = () =>
    refuse('a request that nobody expects')

  async fetch(url: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Response> {
    mustBeReady('net.fetch')
    this.urls.push(url)
    return this.answer(signal)
  }
}

export const net = new StandInNet()

/** The colours that the user has chosen in the system. */
export const nativeTheme: Pick<NativeTheme, 'shouldUseDarkColors'> & { shouldUseDarkColors: boolean } = {
  shouldUseDarkColors: false,
}

export const screen = new StandInScreen()

export const shell = new StandInShell()
export const clipboard = new StandInClipboard()
export const session = { defaultSession: new StandInSession() }
export const powerSaveBlocker = new StandInPowerSaveBlocker()

/** The battery and the last input, as a test sets them. */
class StandInPowerMonitor
  extends StrictEmitter
  implements Pick<PowerMonitor, 'isOnBatteryPower' | 'getSystemIdleTime'>
{
  onBattery = false
  idleSeconds = 0

  constructor() {
    super('powerMonitor', eventsOf<PowerMonitor>()('suspend', 'resume', 'shutdown', 'lock-screen'))
  }

  isOnBatteryPower(): boolean {
    mustBeReady('the battery')
    return this.onBattery
  }

  getSystemIdleTime(): number {
    mustBeReady('the idle time')
    return this.idleSeconds
  }
}

export const powerMonitor = new StandInPowerMonitor()
/** electron-store listens here for renderers; the pages of this app have no IPC. */
export const ipcMain = new StrictEmitter('ipcMain', ['electron-store-get-data'])
