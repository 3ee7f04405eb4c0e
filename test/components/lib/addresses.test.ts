import { describe, expect, it } from 'vitest'
import { immichAddresses } from '../../../src-renderer/lib/addresses.ts'

describe('addresses', () => {
  it('are those on the LAN, the opened one first', () => {
    const all = ['http://127.0.0.1:3004', 'http://10.0.0.2:3004', 'http://192.168.1.5:3004']
    expect(immichAddresses(all, 'http://192.168.1.5:3004').map(({ url }) => url)).toEqual([
      'http://192.168.1.5:3004',
      'http://10.0.0.2:3004',
    ])
    expect(immichAddresses(all.slice(0, 1), 'http://127.0.0.1:3004')[0]?.note).toContain('on this computer')
  })

  it('are that of the page where it came by a published port of a container', () => {
    const inside = ['http://127.0.0.1:3004', 'http://172.20.0.5:3004']
    const notes = (origin: string): string[] =>
      immichAddresses(inside, origin, true).map(({ url, note }) => `${url} ${note}`)
    expect(notes('http://192.168.1.10:8004')).toEqual([
      'http://192.168.1.10:8004 the one you opened',
      'http://172.20.0.5:3004 only if the container uses its host’s network',
    ])
    // Loopback is the browser's computer, and behind https a reverse proxy may keep Immich out.
    for (const origin of ['http://localhost:3004', 'https://ml.example.com'])
      expect(notes(origin)).toEqual(['http://172.20.0.5:3004 only if the container uses its host’s network'])
    // On the network of the host the proxy knows the address of the page.
    expect(notes('http://172.20.0.5:3004')).toEqual(['http://172.20.0.5:3004 '])
  })
})
