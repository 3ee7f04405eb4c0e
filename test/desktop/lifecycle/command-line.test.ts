import { afterEach, describe, expect, test, vi } from 'vitest'
import { readCommandLine } from '../../../src-main/desktop/lifecycle/command-line.ts'

afterEach(() => void vi.restoreAllMocks())

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
