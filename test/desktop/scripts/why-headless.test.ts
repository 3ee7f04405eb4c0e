import { describe, expect, test } from 'vitest'
import { wantsTerminal, whyHeadless, whyNoSandbox } from '../../../scripts/why-headless.mjs'

describe('why there is no tray', () => {
  const situation = { args: [], platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000 } as const

  test.each([
    ['nothing speaks against it', {}, undefined],
    ['it was asked for', { args: ['--headless'] }, /--headless/],
    ['no display', { env: {} }, /no display/],
    ['an empty display', { env: { DISPLAY: '' } }, /no display/],
    ['Wayland', { env: { WAYLAND_DISPLAY: 'wayland-0' } }, undefined],
    ['root', { uid: 0 }, /sandbox/],
    ['macOS needs no variable', { platform: 'darwin' as const, env: {} }, undefined],
    ['Windows has no root', { platform: 'win32' as const, env: {}, uid: undefined }, undefined],
  ])('%s', (_what, change, expected) => {
    const reason = whyHeadless({ ...situation, ...change })
    if (expected === undefined) expect(reason).toBeUndefined()
    else expect(reason).toMatch(expected)
  })

  test('a sandbox needs user namespaces or a helper of root', () => {
    const no = { helperIsSetuidRoot: false, userNamespaces: false }
    expect(whyNoSandbox({ ...no, userNamespaces: true }, '/h')).toBeUndefined()
    expect(whyNoSandbox({ ...no, helperIsSetuidRoot: true }, '/h')).toBeUndefined()
    expect(whyNoSandbox(no, '/h')).toContain("chmod 4755 '/h'")
  })

  test('words for the terminal need no explanation', () => {
    expect(wantsTerminal(['--version'])).toBe(true)
    expect(wantsTerminal(['--port=1'])).toBe(false)
  })
})
