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
})
