import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { magicPacket, sendReason, wakeTargets } from '../../../src-main/backends/magic-packet.ts'

const MAC = 'aa:bb:cc:dd:ee:ff'

function ipv4(address: string, netmask: string, bits: number, internal = false): NetworkInterfaceInfo {
  return { family: 'IPv4', address, netmask, cidr: `${address}/${bits}`, mac: '02:00:00:00:00:01', internal }
}

test.each([MAC, 'AA-BB-CC-DD-EE-FF', 'aabbccddeeff'])('the packet for %s', (mac) => {
  const packet = magicPacket(mac)
  expect(packet.length).toBe(102)
  expect(packet.toString('hex')).toBe('ff'.repeat(6) + 'aabbccddeeff'.repeat(16))
})

describe('where it goes', () => {
  const interfaces = {
    lo: [ipv4('127.0.0.1', '255.0.0.0', 8, true)],
    eth0: [
      ipv4('192.168.1.20', '255.255.255.0', 24),
      ipv4('192.168.1.21', '255.255.255.0', 24),
      {
        family: 'IPv6' as const,
        address: 'fd00::1',
        netmask: 'ffff:ffff::',
        cidr: 'fd00::1/32',
        mac: '02:00:00:00:00:01',
        internal: false,
        scopeid: 0,
      },
    ],
    wlan0: [ipv4('10.1.2.3', '255.255.240.0', 20)],
    tun0: [ipv4('10.8.0.2', '255.255.255.255', 32)],
    ppp0: [ipv4('10.9.0.2', '255.255.255.254', 31)],
    public0: [ipv4('203.0.113.5', '255.255.255.0', 24)],
  }

  test('to the address that is set, and to no other', () => {
    expect(wakeTargets({ mac: MAC, broadcast: '192.168.7.255' }, interfaces)).toEqual(['192.168.7.255'])
  })

  test('else to each own network once: none without broadcasts, none of public addresses', () => {
    expect(wakeTargets({ mac: MAC }, interfaces)).toEqual(['192.168.1.255', '10.1.15.255'])
  })
})

test.each([
  ['EACCES', 'does not let this program send broadcasts'],
  ['EPERM', 'give the container the host’s network'],
  ['ENETUNREACH', 'set wake.broadcast'],
  ['ENETDOWN', 'the network is down'],
])('%s in words', (code, words) => {
  expect(sendReason(Object.assign(new Error(`send ${code}`), { code }))).toContain(words)
})
