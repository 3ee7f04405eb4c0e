import { describe, expect, test } from 'vitest'
import { FlagError, HELP, parseFlags } from '../../../src-main/platform/flags.ts'

describe('parseFlags', () => {
  test('reads every flag', () => {
    const args = [
      '--headless',
      '--port=4000',
      '--host=127.0.0.1',
      '--user-data-dir=/tmp/x',
      '--debug',
      '--log-level=debug',
    ]
    expect(parseFlags(args)).toEqual({
      headless: true,
      port: 4000,
      host: '127.0.0.1',
      userDataDir: '/tmp/x',
      debug: true,
      logLevel: 'debug',
      hidden: false,
      resetPassword: false,
      help: false,
      version: false,
    })
    expect(parseFlags(['--port', '0'])).toMatchObject({ port: 0, headless: false, logLevel: 'info' })
    expect(parseFlags(['--host=[::1]']).host, 'as it stands in a URL').toBe('::1')
  })

  test.each([
    ['--prot=1', "'--prot'"],
    ['--port=abc', 'whole number from 0 to 65535'],
    ['--port=65536', 'whole number'],
    ['--port=-1', 'whole number'],
    ['--port=', 'whole number'],
    ['--host=', 'empty'],
    ['--user-data-dir=', 'empty'],
    ['--log-level=loud', 'must be one of'],
    ['--debug=yes', '--debug'],
    ['extra', 'extra'],
  ])('refuses %s', (arg, message) => {
    expect(() => parseFlags([arg])).toThrow(FlagError)
    expect(() => parseFlags([arg])).toThrow(message)
  })

  test('the help names every flag but the one the system uses itself', () => {
    for (const flag of [
      'headless',
      'port',
      'host',
      'user-data-dir',
      'debug',
      'log-level',
      'help',
      'version',
    ]) {
      expect(HELP).toContain(`--${flag}`)
    }
  })
})
