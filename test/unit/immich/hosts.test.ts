import { describe, expect, test } from 'vitest'
import { comparableHost, hostOf, RecentHosts } from '../../../src-main/immich/hosts.ts'
import { HOST_SEEN_MS, MAX_HOSTS } from '../../../src-main/immich/limits.ts'

describe('a host', () => {
  test.each([
    ['http://Desktop:3004', 'desktop:3004'],
    ['http://desktop:3004/ml/', 'desktop:3004'],
    ['http://desktop/', 'desktop:80'],
    ['https://ml.example.com', 'ML.example.com.'],
    ['http://[fd00::1]:3004', '[fd00::1]:3004'],
    ['http://192.168.1.5:3004', '192.168.1.5:3004'],
  ])('%s is what a request sends as %s', (url, host) => expect(hostOf(url)).toBe(comparableHost(host)))

  test.each([
    ['http://desktop:3004', 'desktop'],
    ['http://desktop:3004', 'desktop:3003'],
    ['http://desktop.lan:3004', 'desktop:3004'],
  ])('%s is not %s', (url, host) => expect(hostOf(url)).not.toBe(comparableHost(host)))

  test.each(['', 'desktop:3004', 'ftp://desktop', 'no URL'])('%j is no URL', (url) =>
    expect(hostOf(url)).toBeUndefined(),
  )
})

describe('RecentHosts', () => {
  test('knows a name for 5 min after its last request', () => {
    const hosts = new RecentHosts()
    hosts.see('Desktop:3004', 0)
    hosts.see(undefined, 0)
    expect(hosts.has('desktop:3004', HOST_SEEN_MS)).toBe(true)
    expect(hosts.has('desktop:3004', HOST_SEEN_MS + 1)).toBe(false)
    for (let now = 0; now <= HOST_SEEN_MS; now += 500) hosts.see('Desktop:3004', now)
    expect(hosts.has('desktop:3004', HOST_SEEN_MS * 2 - 1_000)).toBe(true)
  })

  test('two names in turn are both known', () => {
    const hosts = new RecentHosts()
    for (let now = 0; now < 100; now++) hosts.see(now % 2 === 0 ? 'a' : 'b', now)
    expect(hosts.has('a', 100)).toBe(true)
    expect(hosts.has('b', 100)).toBe(true)
  })

  test('the one that Immich’s settings name is not forgotten for others', () => {
    const hosts = new RecentHosts()
    const isNamed = (name: string): boolean => name === 'nas:3003'
    hosts.see('nas:3003', 0, isNamed)
    for (let count = 0; count < 100; count++) hosts.see(`made-up-${count}`, count, isNamed)
    expect(hosts.has('nas:3003', 100)).toBe(true)
    expect(hosts.has('made-up-0', 100)).toBe(false)
    expect(hosts.has('made-up-99', 100)).toBe(true)
  })

  test('whoever sends many names makes us forget, not remember more', () => {
    const hosts = new RecentHosts()
    hosts.see('desktop:3004', 0)
    for (let index = 0; index < MAX_HOSTS; index++) hosts.see(`host-${index}`, 1)
    expect(hosts.has('desktop:3004', 2)).toBe(false)
    expect(hosts.has(`host-${MAX_HOSTS - 1}`, 2)).toBe(true)
  })
})
