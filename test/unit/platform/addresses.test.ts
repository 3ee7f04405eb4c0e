import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { addressesOf } from '../../../src-main/platform/addresses.ts'

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
