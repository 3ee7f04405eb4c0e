import { describe, expect, test } from 'vitest'
import { HELP, parseFlags } from '../../../src-main/platform/flags.ts'
import { FlagError } from '../../../src-main/platform/start-values.ts'

describe('parseFlags', () => {
  test('reads every flag', () => {
    const args = [
      '--headless',
      '--port=4000',
      '--host=127.0.0.1',
      '--user-data-dir=/tmp/x',
      '--debug',
      '--log-level=debug',
      '--follower',
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
      resumeQueues: false,
      follower: true,
      firstConfig: undefined,
      help: false,
      version: false,
    })
    expect(parseFlags(['--port', '0'])).toMatchObject({
      port: 0,
      headless: false,
      logLevel: 'info',
      follower: false,
    })
    expect(parseFlags(['--host=[::1]']).host, 'as it stands in a URL').toBe('::1')
  })

  test('goes before the environment, which says what the flags do not', () => {
    const variables = { IMP_PORT: '4000', IMP_HOST: '10.0.0.1', IMP_LOG_LEVEL: 'warn', IMP_DATA_DIR: '/data' }
    expect(parseFlags([], variables)).toMatchObject({
      port: 4000,
      host: '10.0.0.1',
      logLevel: 'warn',
      userDataDir: '/data',
    })
    const args = ['--port=1', '--host=::1', '--log-level=info', '--user-data-dir=/x']
    expect(parseFlags(args, variables)).toMatchObject({
      port: 1,
      host: '::1',
      logLevel: 'info',
      userDataDir: '/x',
    })
    expect(() => parseFlags([], { IMP_PORT: 'x' })).toThrow(FlagError)
    expect(parseFlags(['--help'], { IMP_PORT: 'x' }).help).toBe(true)
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
