import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import {
  clientOf,
  clientRules,
  homeNetworks,
  isHomeAddress,
  judgeClient,
} from '../../../../src-main/http/guard/addresses.ts'
import { parseAddress, parseRange } from '../../../../src-shared/config/ranges.ts'

const isHome = (text: string): boolean => {
  const address = parseAddress(text)
  return address !== undefined && isHomeAddress(address)
}

describe('the home network', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'the end of loopback'],
    ['::1', 'loopback'],
    ['10.0.0.1', 'RFC 1918'],
    ['10.255.255.255', 'RFC 1918'],
    ['172.16.0.1', 'RFC 1918'],
    ['172.31.255.255', 'RFC 1918'],
    ['192.168.0.1', 'RFC 1918'],
    ['100.64.0.1', 'shared address space'],
    ['100.127.255.255', 'shared address space'],
    ['169.254.10.20', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['febf::1', 'the end of link-local'],
    ['fc00::1', 'ULA'],
    ['fdff:ffff::1', 'ULA'],
    ['::ffff:192.168.1.5', 'IPv4-mapped'],
    ['::ffff:c0a8:105', 'IPv4-mapped, in hexadecimal'],
    ['::ffff:127.0.0.1', 'IPv4-mapped loopback'],
    ['::FFFF:10.1.2.3', 'IPv4-mapped, in capitals'],
  ])('%s belongs to it (%s)', (text) => {
    expect(isHome(text)).toBe(true)
  })

  test.each([
    ['8.8.8.8', 'public'],
    ['9.255.255.255', 'just before 10/8'],
    ['11.0.0.0', 'just behind 10/8'],
    ['172.15.255.255', 'just before 172.16/12'],
    ['172.32.0.0', 'just behind 172.16/12'],
    ['192.167.255.255', 'just before 192.168/16'],
    ['192.169.0.0', 'just behind 192.168/16'],
    ['100.63.255.255', 'just before 100.64/10'],
    ['100.128.0.0', 'just behind 100.64/10'],
    ['203.0.113.7', 'documentation'],
    ['0.0.0.0', 'unspecified'],
    ['255.255.255.255', 'broadcast'],
    ['224.0.0.1', 'multicast'],
    ['2001:db8::1', 'public'],
    ['2606:4700::1111', 'public'],
    ['fec0::1', 'behind link-local'],
    ['fbff::1', 'just before ULA'],
    ['::', 'unspecified'],
    ['::ffff:8.8.8.8', 'IPv4-mapped and public'],
    ['::10.0.0.1', 'IPv4-compatible, long gone'],
    ['64:ff9b::10.0.0.1', 'translated'],
    ['2002:0a00:0001::1', '6to4 with a private address inside'],
  ])('%s does not (%s)', (text) => {
    expect(isHome(text)).toBe(false)
  })

  test.each([
    '',
    'localhost',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.1',
    '10.0.0.1 ',
    '10.0.0.256',
    '1.2.3',
  ])('%j is no address at all', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('allowedClients', () => {
  const may = (client: string, ...allowed: string[]): boolean =>
    judgeClient(client, clientRules(allowed)).infer

  test('single addresses and ranges, of both families', () => {
    expect(may('203.0.113.7', '203.0.113.7')).toBe(true)
    expect(may('203.0.113.8', '203.0.113.7')).toBe(false)
    expect(may('203.0.113.255', '203.0.113.0/24')).toBe(true)
    expect(may('203.0.114.0', '203.0.113.0/24')).toBe(false)
    expect(may('2001:db8::5', '2001:db8::/32')).toBe(true)
    expect(may('2001:db9::5', '2001:db8::/32')).toBe(false)
    expect(may('2001:DB8:0:0::5', '2001:db8::5')).toBe(true)
    expect(may('8.8.8.8', '0.0.0.0/0')).toBe(true)
    expect(may('2001:db8::5', '0.0.0.0/0')).toBe(false)
    expect(may('2001:db8::5', '::/0')).toBe(true)
  })

  test('a range need not begin at its first address', () => {
    expect(may('192.168.1.200', '192.168.1.20/24')).toBe(true)
  })

  test('IPv4 written as IPv6 and the other way round', () => {
    expect(may('::ffff:203.0.113.7', '203.0.113.0/24')).toBe(true)
    expect(may('203.0.113.7', '::ffff:203.0.113.7')).toBe(true)
    expect(may('203.0.113.7', '::ffff:203.0.113.0/120')).toBe(true)
    expect(may('203.0.114.7', '::ffff:203.0.113.0/120')).toBe(false)
    // A range of IPv6 does not hold the IPv4 addresses that are mapped into it.
    expect(may('10.0.0.1', '::/0')).toBe(false)
  })

  test('a list alone decides: an address that is not in it is refused, loopback and the home network too', () => {
    expect(may('127.0.0.1', '192.168.1.20')).toBe(false)
    expect(may('192.168.1.21', '192.168.1.20')).toBe(false)
    expect(may('192.168.1.20', '192.168.1.20')).toBe(true)
  })

  test('it never widens who may manage, nor narrows it', () => {
    expect(judgeClient('203.0.113.7', clientRules(['203.0.113.7']))).toEqual({ manage: false, infer: true })
    expect(judgeClient('192.168.1.9', clientRules(['203.0.113.7']))).toEqual({ manage: true, infer: false })
  })

  test('an empty list is none', () => {
    expect(judgeClient('192.168.1.9', clientRules([]))).toEqual({ manage: true, infer: true })
    expect(judgeClient('203.0.113.7', clientRules(undefined))).toEqual({ manage: false, infer: false })
  })

  test('a socket without an address may do nothing', () => {
    expect(judgeClient(undefined, clientRules(['0.0.0.0/0', '::/0']))).toEqual({
      manage: false,
      infer: false,
    })
  })

  test.each([
    '',
    'nas',
    '1.2.3',
    '1.2.3.4/33',
    '::1/129',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    '1.2.3.4/-1',
    'fe80::1%eth0',
  ])('%j is no range and matches nobody', (entry) => {
    expect(parseRange(entry)).toBeUndefined()
    expect(judgeClient('1.2.3.4', clientRules([entry])).infer).toBe(false)
  })
})

describe('the client whose failed logins are counted', () => {
  test('is an IPv4 address, however it is written', () => {
    expect(clientOf('192.168.1.5')).toEqual({ address: '192.168.1.5' })
    expect(clientOf('::ffff:192.168.1.5')).toEqual({ address: '192.168.1.5' })
  })

  test('is an IPv6 address, and the /64 around it, of which a machine can take any number', () => {
    expect(clientOf('fd00:1:2:3::1')).toEqual({ address: 'fd00:1:2:3::1', network: 'fd00:1:2:3::/64' })
    expect(clientOf('fd00:1:2:3:ffff::9').network).toBe(clientOf('fd00:1:2:3::1').network)
    expect(clientOf('fd00:1:2:4::1').network).not.toBe(clientOf('fd00:1:2:3::1').network)
    expect(clientOf('fe80::1%eth0')).toEqual({ address: 'fe80::1', network: 'fe80::/64' })
  })

  test('is unknown where the socket is gone', () => {
    expect(clientOf(undefined)).toEqual({ address: 'unknown' })
  })
})

describe('public IPv6 networks of this machine’s links', () => {
  const info = (address: string): NetworkInterfaceInfo => ({
    address,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    netmask: '',
    mac: '',
    internal: false,
    cidr: null,
    scopeid: 0,
  })
  const networks = (...addresses: string[]): string[] => [...homeNetworks({ eth0: addresses.map(info) })]

  test('are those of an interface with an RFC 1918 address, 64 bits each', () => {
    expect(networks('192.168.1.5', '2a0e:1:2:3::5', '2a0e:1:2:3:aaaa::5', 'fe80::1', 'fd00::5')).toEqual([
      '2a0e:1:2:3::',
    ])
  })

  test.each([
    ['a public IPv4 address beside it', ['10.0.0.5', '198.41.0.4']],
    ['no IPv4 address', []],
    ['an address of a provider’s own network alone', ['100.64.3.4']],
    ['a self-assigned address alone', ['169.254.3.4']],
  ])('are none where the interface has %s', (_what, ipv4) => {
    expect(networks(...ipv4, '2a0e:1:2:3::5')).toEqual([])
  })

  test('are asked about public IPv6 addresses alone', () => {
    const never = (): never => {
      throw new Error('asked')
    }
    for (const address of ['192.168.1.9', '8.8.8.8', 'fe80::1', '::1', 'ff02::1']) {
      expect(() => judgeClient(address, clientRules(undefined), never)).not.toThrow()
    }
    expect(() => judgeClient('2a0e::1', clientRules(undefined), never)).toThrow('asked')
  })
})

test('failed logins from 127.0.0.0/8 are those of one client', () => {
  const clients = ['127.0.0.1', '127.8.9.10', '::ffff:127.0.0.3'].map((one) => clientOf(one).address)
  expect(new Set(clients).size).toBe(1)
  for (const other of ['192.168.1.5', '::1']) expect(clientOf(other).address).not.toBe(clients[0])
})
