import { describe, expect, test } from 'vitest'
import { hostName, isAllowedHost } from '../../../../src-main/http/guard/hosts.ts'

describe('names the views answer to', () => {
  test.each([
    '192.168.1.5',
    '192.168.1.5:3004',
    '127.0.0.1:3004',
    '[::1]:3004',
    '[fe80::1]',
    '[FD00::5]:80',
    '203.0.113.7:3004',
    'localhost',
    'LOCALHOST:3004',
    'localhost.',
    'nas',
    'nas:3004',
    'my-nas_2',
    'nas.local',
    'NAS.Local.:3004',
    'a.b.lan',
    'ml.home.arpa',
    'ml.internal',
    'nas.tail1234.ts.net',
  ])('%s', (host) => {
    expect(isAllowedHost(host)).toBe(true)
  })
})

describe('names they do not answer to', () => {
  test.each([
    undefined,
    '',
    ':3004',
    'example.com',
    'example.com:3004',
    'evil.com.',
    'nas.local.evil.com',
    'evillocal.com',
    '192.168.1.5.nip.io',
    '127.0.0.1.evil.com',
    '.local',
    '.lan',
    'home.arpa',
    'ts.net',
    'evil.com:80:80',
    'evil.com:nas',
    '[::1',
    '::1',
    '[evil.com]',
    '[::1].evil.com',
    '0x7f.0.0.1',
    '1.2.3.4.5',
    'a,b',
    'evil.com\\.local',
  ])('%s', (host) => {
    expect(isAllowedHost(host)).toBe(false)
  })
})

describe('allowedHosts', () => {
  test('allows a name as it is, whatever its case, dot and port', () => {
    const allowed = ['ML.example.com']
    expect(isAllowedHost('ml.example.com', allowed)).toBe(true)
    expect(isAllowedHost('ml.EXAMPLE.com.:8443', allowed)).toBe(true)
    expect(isAllowedHost('www.ml.example.com', allowed)).toBe(false)
    expect(isAllowedHost('example.com', allowed)).toBe(false)
    expect(isAllowedHost('evilml.example.com', allowed)).toBe(false)
  })

  test('a star stands for everything below a name, not for the name itself', () => {
    expect(isAllowedHost('ml.example.com', ['*.example.com'])).toBe(true)
    expect(isAllowedHost('a.b.example.com', ['*.example.com'])).toBe(true)
    expect(isAllowedHost('example.com', ['*.example.com'])).toBe(false)
    expect(isAllowedHost('evilexample.com', ['*.example.com'])).toBe(false)
    expect(isAllowedHost('.example.com', ['*.example.com'])).toBe(false)
  })
})

test('the name in a Host header', () => {
  expect(hostName('[FE80::1]:3004')).toBe('fe80::1')
  expect(hostName('Nas.Local.:80')).toBe('nas.local')
  expect(hostName('nas:')).toBe('nas')
  expect(hostName('a:1:2')).toBeUndefined()
})
