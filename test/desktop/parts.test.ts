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
import { StayAwake } from '../../src-main/desktop/system/stay-awake.ts'
import { movedUrl, sameOrigin, viewUrl } from '../../src-main/desktop/window/view-url.ts'
import { openingOf, readPlace, writePlace } from '../../src-main/desktop/window/window-place.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-parts-'))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

describe('notifications of the health', () => {
  const told: string[] = []
  let enabled = true
  /** One of an app that has run for a while. */
  const create = (): HealthNotifier => {
    const notifier = new HealthNotifier({ enabled: () => enabled, notify: (state) => void told.push(state) })
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    return notifier
  }
  beforeEach(() => {
    vi.useFakeTimers()
    told.length = 0
    enabled = true
  })

  test('tell down and well again, and nothing in between', () => {
    const { onOverall } = create()
    onOverall('healthy')
    onOverall('degraded')
    expect(told).toEqual([])
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('degraded')
    onOverall('healthy')
    expect(told).toEqual(['down', 'well'])
  })

  test('come at most once a minute, and the last state is told in the end', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS - 1)
    expect(told).toEqual(['down'])
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['down', 'well'])
  })

  test('a change that was taken back within the minute is not told', () => {
    const { onOverall } = create()
    onOverall('down')
    onOverall('healthy')
    onOverall('down')
    vi.advanceTimersByTime(10 * NOTIFY_EVERY_MS)
    expect(told).toEqual(['down'])
  })

  test('say nothing when the last backend is taken away', () => {
    const { onOverall } = create()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onOverall('idle')
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(told).toEqual(['down'])
  })

  test('wait after a sleep, and tell only what is still so', () => {
    const { onOverall, onResume } = create()
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS - 1)
    onOverall('healthy')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(told).toEqual([])
    onResume()
    onOverall('down')
    vi.advanceTimersByTime(NOTIFY_SETTLE_MS)
    expect(told).toEqual(['down'])
    // What is well again needs no second look.
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    onResume()
    onOverall('healthy')
    expect(told).toEqual(['down', 'well'])
  })

  test('can be switched off', () => {
    enabled = false
    create().onOverall('down')
    vi.advanceTimersByTime(NOTIFY_EVERY_MS)
    expect(told).toEqual([])
  })

  test('are over when they are stopped', () => {
    const notifier = create()
    notifier.onOverall('down')
    notifier.onOverall('healthy')
    notifier.stop()
    vi.advanceTimersByTime(2 * NOTIFY_EVERY_MS)
    expect(told).toEqual(['down'])
  })
})

describe('staying awake', () => {
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
  const create = (): StayAwake => new StayAwake({ work: () => ({ ...work }), enabled: () => enabled, block })

  test('while work is in flight and a minute longer', () => {
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

  test('counts work that began and ended between two looks', () => {
    const { check } = create()
    work.begun++
    check()
    expect(block).toHaveBeenCalledTimes(1)
  })

  test('ends at once when it is switched off or the app ends', () => {
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

describe('the place of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1040 }
  const second = { x: 1920, y: 0, width: 1280, height: 1000 }
  const place = { x: 2000, y: 100, width: 900, height: 700, maximized: false }

  test('is kept on the display where it was', () => {
    expect(openingOf(place, [screen, second])).toEqual({
      bounds: { x: 2000, y: 100, width: 900, height: 700 },
      maximized: false,
    })
  })

  test('is the middle where that display is gone', () => {
    expect(openingOf(place, [screen]).bounds).toEqual({ width: 900, height: 700 })
  })

  test('is the middle where the title bar cannot be reached', () => {
    expect(openingOf({ ...place, x: 100, y: -200 }, [screen]).bounds).not.toHaveProperty('x')
    expect(openingOf({ ...place, x: 1910, y: 10 }, [screen]).bounds).not.toHaveProperty('x')
  })

  test('fits the display, and is never too small to use', () => {
    expect(openingOf({ ...place, x: 0, width: 9000, height: 9000 }, [screen]).bounds).toMatchObject({
      width: 1920,
      height: 1040,
    })
    expect(openingOf({ ...place, width: 1, height: 1 }, [second]).bounds).toMatchObject({
      width: 480,
      height: 360,
    })
  })

  test('has a default', () => {
    expect(openingOf(undefined, [screen])).toEqual({ bounds: { width: 1100, height: 800 }, maximized: false })
  })

  test('is written whole, and read with suspicion', () => {
    const file = path.join(folder, 'window.json')
    expect(readPlace(file)).toBeUndefined()
    writePlace(file, place)
    expect(readPlace(file)).toEqual(place)
    expect(existsSync(`${file}.new`)).toBe(false)
    for (const broken of ['', '{"x":1', '{"x":"1"}', 'null', '[]']) {
      writeFileSync(file, broken)
      expect(readPlace(file)).toBeUndefined()
    }
  })
})

describe('the autostart entry', () => {
  test('stands in the folder of the configuration', () => {
    expect(autostartFile({}, '/home/a')).toBe('/home/a/.config/autostart/immich-ml-proxy.desktop')
    expect(autostartFile({ XDG_CONFIG_HOME: '/cfg' }, '/home/a')).toBe(
      '/cfg/autostart/immich-ml-proxy.desktop',
    )
    expect(autostartFile({ XDG_CONFIG_HOME: 'cfg' }, '/home/a')).toMatch(/^\/home\/a/)
  })

  test('quotes what a shell or the desktop would read', () => {
    expect(autostartEntry(['/opt/My App', '--hidden'])).toContain('Exec="/opt/My App" "--hidden"\n')
    expect(autostartEntry(['/a$b"c`d%e'])).toContain('Exec="/a\\\\$b\\\\"c\\\\`d%%e"\n')
  })

  test('is written once, follows a program that has moved, and goes away', () => {
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
  test('parts our flags from those of Electron', () => {
    const argv = ['/opt/app', '--no-sandbox', '--port', '4000', '--hidden', '--inspect=0', '--log-level=warn']
    expect(readCommandLine(argv, true)).toMatchObject({
      kind: 'run',
      flags: { port: 4000, hidden: true, logLevel: 'warn', headless: false },
      foreign: ['--no-sandbox', '--inspect=0'],
    })
  })

  test('leaves out the folder of the app in development', () => {
    expect(readCommandLine(['/electron', '.', '--debug'], false)).toMatchObject({
      flags: { debug: true },
      foreign: [],
    })
  })

  test('takes what stands behind -- as the others, as npm start hands it on', () => {
    expect(readCommandLine(['/electron', '/app', '--', '--debug', '--port=5'], false)).toMatchObject({
      flags: { debug: true, port: 5 },
      foreign: [],
    })
    expect(readCommandLine(['/app', '--', '--debug'], true)).toMatchObject({ flags: { debug: true } })
  })

  test('ends with what was asked for, or with a sentence', () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    expect(readCommandLine(['/app', '--version'], true)).toEqual({ kind: 'done', exitCode: 0 })
    expect(out).toHaveBeenCalledTimes(1)
    expect(readCommandLine(['/app', '--help'], true)).toEqual({ kind: 'done', exitCode: 0 })
    expect(readCommandLine(['/app', '--port=x'], true)).toEqual({ kind: 'done', exitCode: 2 })
    expect(err.mock.calls[0]?.[0]).toContain('--port=x')
  })
})

describe('the addresses of pages', () => {
  test('are built in one place', () => {
    expect(viewUrl('http://127.0.0.1:3004', 'debug')).toBe('http://127.0.0.1:3004/debug')
    expect(viewUrl('http://127.0.0.1:3004', 'config', 'se-cret')).toBe(
      'http://127.0.0.1:3004/config?token=se-cret',
    )
  })

  test.each([
    ['/debug?a=1#b', '/debug?a=1&token=new#b'],
    ['/config?token=old', '/config?token=new'],
    // No other page takes the token from the address.
    ['/', '/'],
    ['/configuration?token=old', '/configuration'],
  ])('%s moves with the token, and never with two', (from, to) => {
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
  ])('%s is our own: %s', (url, own) => {
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
