/** The parts of the desktop that need no Electron. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  NOTIFY_EVERY_MS,
  NOTIFY_SETTLE_MS,
  OLD_LOG_FILES,
  STAY_AWAKE_MS,
} from '../../src-main/desktop/limits.ts'
import { autostartEntry, autostartFile, setAutostart } from '../../src-main/desktop/system/autostart.ts'
import { readCommandLine } from '../../src-main/desktop/lifecycle/command-line.ts'
import { nextFreePort } from '../../src-main/desktop/lifecycle/free-port.ts'
import { HealthNotifier } from '../../src-main/desktop/system/health-notifier.ts'
import { openLog } from '../../src-main/desktop/system/log-file.ts'
import { SleepPrevention } from '../../src-main/desktop/system/sleep-prevention.ts'
import { movedUrl, sameOrigin, viewUrl } from '../../src-main/desktop/window/view-url.ts'
import { initialBounds, readBounds, writeBounds } from '../../src-main/desktop/window/window-bounds.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-parts-'))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

describe('health notifications', () => {
  const sent: string[] = []
  let enabled = true
  /** A notifier of an app that has run for a while. */
  const create = (): HealthNotifier => {
    const notifier = new HealthNotifier({ enabled: () => enabled, notify: (state) => void sent.push(state) })
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    return notifier
  }
  beforeEach(() => {
    vi.useFakeTimers()
    sent.length = 0
    enabled = true
  })

  test('report down and up again, and nothing in between', () => {
    const { onOverall } = create()
    onOverall('healthy')
    onOverall('degraded')
    expect(sent).toEqual([])
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('degraded')
    onOverall('healthy')
    expect(sent).toEqual(['down', 'up'])
  })

  test('waiting and paused are not reported, and are not well again', () => {
    const { onOverall } = create()
    onOverall('waiting')
    onOverall('healthy')
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('paused')
    onOverall('waiting')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
    onOverall('degraded')
    expect(sent).toEqual(['down', 'up'])
  })

  test('come at most once a minute, and the last state is reported in the end', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS - 1)
    expect(sent).toEqual(['down'])
    vi.advanceTimersByTime(1)
    expect(sent).toEqual(['down', 'up'])
  })

  test('a change that is reversed within the minute is not reported', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    onOverall('down')
    vi.advanceTimersByTime(10 * NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
  })

  test('report nothing when the last backend is removed', () => {
    const { onOverall } = create()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('idle')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
  })

  test('wait after a sleep, and report only what still holds', () => {
    const { onOverall, onResume } = create()
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS - 1)
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual([])
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    expect(sent).toEqual(['down'])
    // Being up again is reported without waiting.
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onResume()
    onOverall('healthy')
    expect(sent).toEqual(['down', 'up'])
  })

  test('can be switched off', () => {
    enabled = false
    create().onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(sent).toEqual([])
  })

  test('end when the notifier is stopped', () => {
    const notifier = create()
    notifier.onOverall('down')
    notifier.onOverall('healthy')
    notifier.stop()
    vi.advanceTimersByTime(2 * NOTIFY_EVERY_MS)
    expect(sent).toEqual(['down'])
  })
})

describe('sleep prevention', () => {
  const work = { inFlight: 0, begun: 0 }
  const unblock = vi.fn<() => void>()
  const block = vi.fn(() => unblock)
  let enabled = true
  beforeEach(() => {
    vi.useFakeTimers()
    vi.clearAllMocks()
    block.mockReturnValue(unblock)
    Object.assign(work, { inFlight: 0, begun: 5 })
    enabled = true
  })
  const create = (): SleepPrevention =>
    new SleepPrevention({ work: () => ({ ...work }), enabled: () => enabled, block })

  test('lasts while predictions run and a minute longer', () => {
    const { check } = create()
    check()
    expect(block).not.toHaveBeenCalled()
    Object.assign(work, { inFlight: 1, begun: 6 })
    check()
    check()
    expect(block).toHaveBeenCalledTimes(1)
    work.inFlight = 0
    vi.advanceTimersByTime(STAY_AWAKE_MS - 1)
    check()
    expect(unblock).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    check()
    expect(unblock).toHaveBeenCalledTimes(1)
  })

  test('counts predictions that began and ended between two checks', () => {
    const { check } = create()
    work.begun++
    check()
    expect(block).toHaveBeenCalledTimes(1)
  })

  test('ends at once when it is disabled or the app ends', () => {
    const awake = create()
    work.inFlight = 1
    awake.check()
    enabled = false
    awake.check()
    expect(unblock).toHaveBeenCalledTimes(1)
    awake.release()
    expect(unblock).toHaveBeenCalledTimes(1)
  })
})

describe('the bounds of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1040 }
  const second = { x: 1920, y: 0, width: 1280, height: 1000 }
  const place = { x: 2000, y: 100, width: 900, height: 700, maximized: false }

  test('are kept on the display where they were', () => {
    expect(initialBounds(place, [screen, second])).toEqual({
      bounds: { x: 2000, y: 100, width: 900, height: 700 },
      maximized: false,
    })
  })

  test('are centred if that display is gone', () => {
    expect(initialBounds(place, [screen]).bounds).toEqual({ width: 900, height: 700 })
  })

  test('are centred if the title bar could not be reached', () => {
    expect(initialBounds({ ...place, x: 100, y: -200 }, [screen]).bounds).not.toHaveProperty('x')
    expect(initialBounds({ ...place, x: 1910, y: 10 }, [screen]).bounds).not.toHaveProperty('x')
  })

  test('fit the display, and are never too small to use', () => {
    expect(initialBounds({ ...place, x: 0, width: 9000, height: 9000 }, [screen]).bounds).toMatchObject({
      width: 1920,
      height: 1040,
    })
    expect(initialBounds({ ...place, width: 1, height: 1 }, [second]).bounds).toMatchObject({
      width: 480,
      height: 360,
    })
  })

  test('have a default', () => {
    expect(initialBounds(undefined, [screen])).toEqual({
      bounds: { width: 1100, height: 800 },
      maximized: false,
    })
  })

  test('are written atomically, and an invalid file is ignored', () => {
    const file = path.join(folder, 'window.json')
    expect(readBounds(file)).toBeUndefined()
    writeBounds(file, place)
    expect(readBounds(file)).toEqual(place)
    expect(existsSync(`${file}.new`)).toBe(false)
    for (const broken of ['', '{"x":1', '{"x":"1"}', 'null', '[]']) {
      writeFileSync(file, broken)
      expect(readBounds(file)).toBeUndefined()
    }
  })
})

describe('the autostart entry', () => {
  test('is in the configuration folder', () => {
    expect(autostartFile({}, '/home/a')).toBe('/home/a/.config/autostart/immich-ml-proxy.desktop')
    expect(autostartFile({ XDG_CONFIG_HOME: '/cfg' }, '/home/a')).toBe(
      '/cfg/autostart/immich-ml-proxy.desktop',
    )
    expect(autostartFile({ XDG_CONFIG_HOME: 'cfg' }, '/home/a')).toMatch(/^\/home\/a/)
  })

  test('quotes characters that a shell or the desktop would interpret', () => {
    expect(autostartEntry(['/opt/My App', '--hidden'])).toContain('Exec="/opt/My App" "--hidden"\n')
    expect(autostartEntry(['/a$b"c`d%e'])).toContain('Exec="/a\\\\$b\\\\"c\\\\`d%%e"\n')
  })

  test('is written once, replaced for another program, and removed', () => {
    const file = path.join(folder, 'autostart/a.desktop')
    setAutostart(file, ['/old.AppImage'])
    const written = statSync(file).mtimeMs
    setAutostart(file, ['/old.AppImage'])
    expect(statSync(file).mtimeMs).toBe(written)
    setAutostart(file, ['/new.AppImage'])
    expect(readFileSync(file, 'utf8')).toContain('/new.AppImage')
    setAutostart(file, undefined)
    setAutostart(file, undefined)
    expect(existsSync(file)).toBe(false)
  })
})

describe('the command line', () => {
  test('separates our flags from those of Electron', () => {
    const argv = ['/opt/app', '--no-sandbox', '--port', '4000', '--hidden', '--inspect=0', '--log-level=warn']
    expect(readCommandLine(argv, true)).toMatchObject({
      kind: 'run',
      flags: { port: 4000, hidden: true, logLevel: 'warn', headless: false },
      foreign: ['--no-sandbox', '--inspect=0'],
    })
  })

  test('skips the folder of the app in development', () => {
    expect(readCommandLine(['/electron', '.', '--debug'], false)).toMatchObject({
      flags: { debug: true },
      foreign: [],
    })
  })

  test('accepts flags after --, as npm start passes them', () => {
    expect(readCommandLine(['/electron', '/app', '--', '--debug', '--port=5'], false)).toMatchObject({
      flags: { debug: true, port: 5 },
      foreign: [],
    })
    expect(readCommandLine(['/app', '--', '--debug'], true)).toMatchObject({ flags: { debug: true } })
  })

  test('prints help, version or an error and ends', () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    expect(readCommandLine(['/app', '--version'], true)).toEqual({ kind: 'done', exitCode: 0 })
    expect(out).toHaveBeenCalledTimes(1)
    expect(readCommandLine(['/app', '--help'], true)).toEqual({ kind: 'done', exitCode: 0 })
    expect(readCommandLine(['/app', '--port=x'], true)).toEqual({ kind: 'done', exitCode: 2 })
    expect(err.mock.calls[0]?.[0]).toContain('--port=x')
  })
})

describe('the URLs of pages', () => {
  test('are built from the base and the token', () => {
    expect(viewUrl('http://127.0.0.1:3004', 'debug')).toBe('http://127.0.0.1:3004/debug')
    expect(viewUrl('http://127.0.0.1:3004', 'config', 'se-cret')).toBe(
      'http://127.0.0.1:3004/config?token=se-cret',
    )
  })

  test.each([
    ['/debug?a=1#b', '/debug?a=1&token=new#b'],
    ['/config?token=old', '/config?token=new'],
    // Other pages do not accept the token.
    ['/', '/'],
    ['/configuration?token=old', '/configuration'],
  ])('%s moves with one token', (from, to) => {
    expect(movedUrl('http://127.0.0.1:5', `http://127.0.0.1:4${from}`, 'new')).toBe(`http://127.0.0.1:5${to}`)
    expect(movedUrl('http://127.0.0.1:5', '', 'new')).toBeUndefined()
  })

  test.each([
    ['http://127.0.0.1:3004/x', true],
    ['http://127.0.0.1:30045/', false],
    ['http://127.0.0.1:3004@evil.example/', false],
    ['http://127.0.0.1:3004.evil.example/', false],
    ['https://127.0.0.1:3004/', false],
    ['file:///etc/passwd', false],
    ['nonsense', false],
  ])('%s has our origin: %s', (url, own) => {
    expect(sameOrigin(url, 'http://127.0.0.1:3004')).toBe(own)
    expect(sameOrigin(url, undefined)).toBe(false)
  })
})

test('the next free port is one that nobody listens on', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
  try {
    // Where the system gave the very last port there is no next one, only another.
    const next = await nextFreePort(taken - 1, '127.0.0.1')
    expect(next).not.toBe(taken)
    expect(next).toBeGreaterThan(1_023)
    expect(await nextFreePort(65_535, '127.0.0.1')).toBeGreaterThan(1_023)
    expect(await nextFreePort(taken, 'no.such.host.invalid')).toBeUndefined()
  } finally {
    server.close()
  }
})

test('the log is a file, written at once', async () => {
  const log = await openLog(path.join(folder, 'logs'), 'info')
  log.warn('a sentence')
  expect(readFileSync(path.join(folder, 'logs/immich-ml-proxy.1.log'), 'utf8')).toContain('a sentence')
})

test('the log is rotated, and old files go', async () => {
  const logs = path.join(folder, 'logs')
  const log = await openLog(logs, 'info')
  const half = 'x'.repeat(1024 * 1024)
  const files = (): number => readdirSync(logs).length
  for (let count = 0; count < 3 * (OLD_LOG_FILES + 2); count++) {
    log.info(half)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await expect.poll(files).toBeLessThanOrEqual(OLD_LOG_FILES + 1)
  expect(files()).toBeGreaterThan(1)
  expect(existsSync(path.join(logs, 'immich-ml-proxy.1.log'))).toBe(false)
})
