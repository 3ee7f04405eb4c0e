/** The tray as data: every state on every platform, and the words. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { TOOLTIP_CHARS } from '../../../src-main/desktop/limits.ts'
import { trayIconPath } from '../../../src-main/desktop/tray/tray-icons.ts'
import { toTrayModel, type TrayItem } from '../../../src-main/desktop/tray/tray-model.ts'
import type { TrayBackend, TrayState } from '../../../src-main/desktop/tray/tray-state.ts'
import { root } from '../../support/packing.ts'

const nas: TrayBackend = {
  name: 'nas',
  status: 'unhealthy',
  error: 'connection refused',
  availability: 'away',
  reason: 'connection refused',
  held: 0,
}
const SERVING = { availability: 'serving', reason: '', held: 0 } as const
const gpu: TrayBackend = { name: 'gpu', status: 'healthy', error: '', ...SERVING }
const resting: TrayBackend = { ...gpu, availability: 'paused', reason: 'paused until 18:30' }
const fresh: TrayBackend = { name: 'new', status: 'unknown', error: '', ...SERVING }

const BASE: TrayState = {
  platform: 'linux',
  scaleFactor: 1,
  version: '1.2.3',
  overall: 'healthy',
  startProblem: undefined,
  debug: false,
  backends: [gpu],
  problems: [],
  addresses: ['http://127.0.0.1:3004', 'http://192.168.1.5:3004'],
  running: 0,
  waiting: 0,
  ownPause: undefined,
  progress: '',
  launchAtLogin: false,
  passwordSet: false,
  newVersion: undefined,
}

const STATES = {
  healthy: { overall: 'healthy', backends: [gpu] },
  degraded: { overall: 'degraded', backends: [gpu, nas] },
  waiting: { overall: 'waiting', backends: [nas] },
  paused: { overall: 'paused', backends: [resting] },
  down: { overall: 'down', backends: [nas], problems: ['No healthy backend for the default backend'] },
  idle: { overall: 'idle', backends: [], problems: ['No backends are configured'] },
  error: { startProblem: { message: 'Port 3004 is already taken', otherPortHelps: true } },
} as const satisfies Record<string, Partial<TrayState>>

const TOOLTIPS = {
  healthy: 'Immich ML Proxy: 1 of 1 backend healthy',
  degraded: 'Immich ML Proxy: 1 of 2 backends healthy; nas: connection refused',
  waiting: 'Immich ML Proxy: waiting, 0 of 1 backend healthy; nas: connection refused',
  paused: 'Immich ML Proxy: paused, 0 of 1 backend healthy; gpu: paused until 18:30',
  down: 'Immich ML Proxy: down, 0 of 1 backend healthy; nas: connection refused',
  idle: 'Immich ML Proxy: no backends configured',
  error: 'Immich ML Proxy: Port 3004 is already taken',
} as const

const platforms = ['win32', 'darwin', 'linux'] as const
const names = Object.keys(STATES) as (keyof typeof STATES)[]

/** The menu as lines: what a person sees. */
function lines(items: readonly TrayItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'separator') return '—'
    if (item.kind === 'text') return `(${item.label})`
    if (item.kind === 'check') return `[${item.checked ? 'x' : ' '}] ${item.label}`
    return item.kind === 'submenu' ? `${item.label} ▸ ${lines(item.items).join(', ')}` : item.label
  })
}

const linesOf = (state: Partial<TrayState>): string[] => lines(toTrayModel({ ...BASE, ...state }).items)

describe.each(platforms)('on %s', (platform) => {
  describe.each(names)('%s', (name) => {
    test.each([false, true])('debug mode %s', (debug) => {
      const state: TrayState = { ...BASE, ...STATES[name], platform, debug }
      const model = toTrayModel(state)
      expect(model.icon).toBe(trayIconPath(name, debug, platform, 1))
      expect(model.icon.startsWith(`${platform}/${name}`)).toBe(true)
      expect(model.icon.includes('-debug')).toBe(debug)
      expect(existsSync(path.join(root, 'resources/tray', model.icon)), model.icon).toBe(true)
      expect(model.tooltip).toBe(`${TOOLTIPS[name]}${debug ? ' (debug mode)' : ''}`)
      const labels = lines(model.items)
      expect(labels).toContain('Open config folder')
      expect(labels).toContain('Show logs')
      expect(labels).toContain('[ ] Launch at login')
      expect(labels).toContain('(Version 1.2.3)')
      expect(labels.at(-1)).toBe(platform === 'darwin' ? 'Quit Immich ML Proxy' : 'Quit')
      expect(labels.includes(`[${debug ? 'x' : ' '}] Debug mode`)).toBe(name !== 'error')
      expect(labels.includes('Open configuration')).toBe(name !== 'error')
    })
  })
})

describe.each(platforms)('the password on %s', (platform) => {
  test.each(names)('%s: can be removed where one is set, and only there', (name) => {
    const state: TrayState = { ...BASE, ...STATES[name], platform }
    expect(lines(toTrayModel(state).items)).not.toContain('Remove password…')
    const { items } = toTrayModel({ ...state, passwordSet: true })
    expect(items).toContainEqual({
      kind: 'action',
      label: 'Remove password…',
      action: { do: 'remove-password' },
    })
    const others = items.filter((item) => !('label' in item && item.label === 'Remove password…'))
    expect(others).toEqual(toTrayModel(state).items)
  })
})

test('the whole menu', () => {
  expect(linesOf({ backends: [gpu, nas, fresh], launchAtLogin: true, passwordSet: true })).toEqual([
    '(No predictions running)',
    '—',
    '(✓ gpu: healthy)',
    '(✗ nas: connection refused)',
    '(… new: not checked yet)',
    '—',
    '[ ] Debug mode',
    '—',
    'Open configuration',
    'Open debug view',
    'Open in browser',
    'Copy address for Immich',
    '—',
    '[x] Launch at login',
    'Remove password…',
    'Open config folder',
    'Show logs',
    'Save a report…',
    '—',
    '(Version 1.2.3)',
    'Quit',
  ])
})

describe('pause', () => {
  const RUNNING = { text: undefined, isAnyPaused: false, isNight: false }
  const SUBMENU = 'Pause ▸ For 1 hour, Until tomorrow 6:00, Until I resume'

  test('is offered where a backend runs on this computer, below what is at work', () => {
    expect(linesOf({ ownPause: RUNNING }).slice(0, 3)).toEqual(['(No predictions running)', SUBMENU, '—'])
    expect(linesOf({}).join()).not.toContain('Pause')
  })

  test('after midnight the morning is today’s', () => {
    expect(linesOf({ ownPause: { ...RUNNING, isNight: true } })[1]).toContain('Until 6:00')
  })

  test('while paused it can be changed or ended, and its end is told where all are', () => {
    const paused = { ...RUNNING, isAnyPaused: true }
    expect(linesOf({ ownPause: { ...paused, text: 'paused until 18:30' } }).slice(1, 3)).toEqual([
      SUBMENU,
      'Resume (paused until 18:30)',
    ])
    expect(linesOf({ ownPause: paused })[2]).toBe('Resume')
  })

  test('not while the service is not running', () => {
    expect(linesOf({ ...STATES.error, ownPause: RUNNING }).join()).not.toContain('Pause')
  })
})

test('a newer version is one line, above the version that runs', () => {
  const lines = linesOf({ newVersion: '1.3.0' })
  expect(lines.slice(-3)).toEqual(['Version 1.3.0 is available', '(Version 1.2.3)', 'Quit'])
})

test('a port that is taken leaves no way to a page of somebody else', () => {
  expect(linesOf(STATES.error).slice(0, 4)).toEqual([
    '(Port 3004 is already taken)',
    '—',
    'Retry',
    'Change port',
  ])
  const otherwise = { message: '10.0.0.9 is not an address of this computer', otherPortHelps: false }
  expect(linesOf({ startProblem: otherwise })).not.toContain('Change port')
})

test.each([
  ['win32', 0, 0, 'No predictions running'],
  ['win32', 3, 0, '3 running'],
  ['darwin', 3, 2, '3 running, 2 waiting'],
  // Nothing tells the app that the menu opens there: figures would be old.
  ['linux', 3, 2, 'Predictions are running'],
  ['linux', 0, 0, 'No predictions running'],
] as const)('on %s %i running and %i waiting predictions are "%s"', (platform, running, waiting, line) => {
  expect(linesOf({ platform, running, waiting })[0]).toBe(`(${line})`)
})

describe('the address for Immich', () => {
  const copy = (addresses: string[]): TrayItem | undefined =>
    toTrayModel({ ...BASE, addresses }).items.find(
      (item) => 'label' in item && item.label === 'Copy address for Immich',
    )

  test('is the one in the LAN', () => {
    expect(copy(['http://127.0.0.1:1', 'http://10.0.0.2:1'])).toMatchObject({
      action: { do: 'copy', text: 'http://10.0.0.2:1' },
    })
  })

  test('is a submenu where there are several', () => {
    const item = copy(['http://127.0.0.1:1', 'http://10.0.0.2:1', 'http://192.168.0.2:1'])
    expect(item).toMatchObject({
      kind: 'submenu',
      items: [{ action: { text: 'http://10.0.0.2:1' } }, { action: { text: 'http://192.168.0.2:1' } }],
    })
  })

  test('is loopback where nothing else is listened on', () => {
    expect(copy(['http://127.0.0.1:1'])).toMatchObject({ action: { text: 'http://127.0.0.1:1' } })
  })
})

describe('words', () => {
  test('a tooltip is never longer than Windows shows, also with debug mode and wide characters', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ ...nas, name: `🐟${index}` }))
    for (const debug of [false, true]) {
      const { tooltip } = toTrayModel({ ...BASE, overall: 'degraded', backends: many, debug })
      expect(tooltip.length).toBeLessThanOrEqual(TOOLTIP_CHARS)
      // Half a character would come back as another one.
      expect(Buffer.from(tooltip).toString()).toBe(tooltip)
      expect(tooltip.endsWith('(debug mode)')).toBe(debug)
    }
  })

  test('down with healthy backends says what is missing', () => {
    const problems = ['No default backend is set; choose one on the page /config']
    expect(toTrayModel({ ...BASE, overall: 'down', problems }).tooltip).toBe(
      'Immich ML Proxy: down, 1 of 1 backend healthy; No default backend is set; choose one on the page /config',
    )
  })

  test('what is left in Immich’s queues stands in the tooltip and in the menu', () => {
    const progress = '1,240 left, about 18 min'
    const { tooltip, items } = toTrayModel({ ...BASE, progress })
    expect(tooltip).toBe('Immich ML Proxy: 1,240 left, about 18 min; 1 of 1 backend healthy')
    expect(lines(items).slice(0, 2)).toEqual(['(No predictions running)', `(${progress})`])
  })

  test('who is waited for says by how many', () => {
    const [, , line] = linesOf({ backends: [{ ...nas, held: 3 }] })
    expect(line).toBe('(✗ nas: 3 waiting for it; connection refused)')
  })

  test('names and errors of others cannot break the menu', () => {
    const error = `one\ntwo ${'x'.repeat(200)}`
    const nasty: TrayBackend = { ...nas, name: 'a & b', error, reason: error }
    const [, , line = ''] = linesOf({ backends: [nasty] })
    expect(line).toContain('a && b: one two')
    expect(line.length).toBeLessThan(90)
  })

  test('many backends do not fill the screen', () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ ...gpu, name: `b${index}` }))
    const shown = linesOf({ backends: many })
    expect(shown[14]).toBe('(and 8 more)')
    expect(shown[15]).toBe('—')
  })
})
