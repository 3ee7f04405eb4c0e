import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { composeFile, dockerCommand, imageOf, tagOf, VENDORS } from '../../../src-renderer/lib/docker.ts'
import { withSign } from '../../../src-renderer/lib/title.ts'
import { moved } from '../../../src-renderer/lib/order.ts'

describe('how a server is started', () => {
  it('has the tags that Immich documents', () => {
    expect(VENDORS.map((vendor) => imageOf(vendor, 'v2.5.1').split(':')[1])).toEqual([
      'v2.5.1-cuda',
      'v2.5.1-rocm',
      'v2.5.1-openvino',
      'v2.5.1',
    ])
    expect(tagOf('2.5.1')).toBe('v2.5.1')
    expect(tagOf(' release ')).toBe('release')
  })

  it.each(['', '; rm -rf /', '$(x)', '-v', 'a b', 'x'.repeat(200)])(
    'a version %s becomes no command',
    (text) => {
      expect(tagOf(text)).toBe('release')
    },
  )

  it.each(VENDORS)('the compose file for %s is one, with the port and the image of the command', (vendor) => {
    const compose = parse(composeFile(vendor, '2.5.1')) as {
      services: Record<string, { image: string; ports: string[]; devices?: string[] }>
    }
    const service = compose.services['immich-machine-learning']
    expect(service?.ports).toEqual(['3003:3003'])
    expect(dockerCommand(vendor, '2.5.1')).toContain(service?.image)
    expect(dockerCommand(vendor, '2.5.1')).toContain('-p 3003:3003')
  })
})

it('the sign of a state stands once before a title', () => {
  expect(withSign('Debug', '⚠ ')).toBe('⚠ Debug')
  expect(withSign('⚠ Debug', '⏸ ')).toBe('⏸ Debug')
  expect(withSign('⏳ Debug', '')).toBe('Debug')
})

it('a member of a list is moved', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
})
