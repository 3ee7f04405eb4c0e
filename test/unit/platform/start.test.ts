import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { addressesOf } from '../../../src-main/platform/addresses.ts'
import { FlagError, HELP, parseFlags } from '../../../src-main/platform/flags.ts'
import { userDataFolder } from '../../../src-main/platform/folders.ts'

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

test('the user data folder is Electron’s on each system', () => {
  expect(userDataFolder('linux', {}, '/home/me')).toBe('/home/me/.config/Immich ML Proxy')
  expect(userDataFolder('linux', { XDG_CONFIG_HOME: '/cfg' }, '/home/me')).toBe('/cfg/Immich ML Proxy')
  expect(userDataFolder('linux', { XDG_CONFIG_HOME: 'relative' }, '/home/me')).toBe(
    '/home/me/.config/Immich ML Proxy',
  )
  expect(userDataFolder('darwin', {}, '/Users/me')).toBe(
    '/Users/me/Library/Application Support/Immich ML Proxy',
  )
  expect(userDataFolder('win32', { APPDATA: 'C:\\R' }, 'C:\\U')).toBe('C:\\R\\Immich ML Proxy')
})

test('addresses: loopback first, then every LAN address; one that was chosen stands alone', () => {
  const info = (address: string, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo =>
    ({
      address,
      netmask: '',
      mac: '',
      internal: false,
      cidr: null,
      family: 'IPv4',
      ...more,
    }) as NetworkInterfaceInfo
  const interfaces = {
    lo: [info('127.0.0.1', { internal: true })],
    eth0: [
      info('192.168.1.20'),
      info('fd00::1', { family: 'IPv6', scopeid: 0 }),
      info('fe80::1', { family: 'IPv6', scopeid: 2 }),
    ],
  }
  expect(addressesOf('0.0.0.0', 3004, interfaces)).toEqual([
    'http://127.0.0.1:3004',
    'http://192.168.1.20:3004',
  ])
  expect(addressesOf('::', 3004, interfaces)).toEqual([
    'http://127.0.0.1:3004',
    'http://192.168.1.20:3004',
    'http://[fd00::1]:3004',
  ])
  expect(addressesOf('192.168.1.20', 3004, interfaces)).toEqual(['http://192.168.1.20:3004'])
})
