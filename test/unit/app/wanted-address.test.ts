import { expect, test } from 'vitest'
import { WantedAddress } from '../../../src-main/app/wanted-address.ts'
import { EMPTY_CONFIG } from '../../../src-shared/config/schema.ts'

const LOOPBACK = { netmask: '', mac: '', internal: true, cidr: null }
const config = { ...EMPTY_CONFIG, server: { host: '192.168.1.5', port: 4_000 } }

test('the command line comes before the configuration, the defaults come last', () => {
  const ipv4 = { lo: [{ ...LOOPBACK, address: '127.0.0.1', family: 'IPv4' as const }] }
  const both = { lo: [...ipv4.lo, { ...LOOPBACK, address: '::1', family: 'IPv6' as const, scopeid: 0 }] }
  expect(new WantedAddress({}, () => ipv4).of(EMPTY_CONFIG)).toEqual({ host: '0.0.0.0', port: 3_004 })
  expect(new WantedAddress({}, () => both).of(EMPTY_CONFIG)).toEqual({ host: '::', port: 3_004 })
  expect(new WantedAddress({}).of(config)).toEqual({ host: '192.168.1.5', port: 4_000 })
  expect(new WantedAddress({ port: 0 }).of(config)).toEqual({ host: '192.168.1.5', port: 0 })
  expect(new WantedAddress({ host: '127.0.0.1' }).of(config)).toEqual({ host: '127.0.0.1', port: 4_000 })
})

test('what the command line sets is told with the port in force, until its port is forgotten', () => {
  const wanted = new WantedAddress({ host: '127.0.0.1', port: 0 })
  expect(wanted.overrides(50_000)).toEqual({ host: '127.0.0.1', port: 50_000 })
  wanted.forgetPort()
  expect(wanted.of(config)).toEqual({ host: '127.0.0.1', port: 4_000 })
  expect(wanted.overrides(4_000)).toEqual({ host: '127.0.0.1' })
  expect(new WantedAddress({}).overrides(4_000)).toEqual({})
})
