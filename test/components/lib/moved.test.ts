import { describe, expect, it } from 'vitest'
import { movedTo, portOf } from '../../../src-renderer/lib/moved.ts'

describe('the address of a proxy that moved', () => {
  it('tell when the proxy moved to another port', () => {
    expect(movedTo('3004', portOf(['http://127.0.0.1:3005']), 'http://nas:3004/config')).toBe(
      'http://nas:3005/config',
    )
    expect(movedTo('3004', '3004', 'http://nas:3004/config')).toBeUndefined()
    expect(movedTo(undefined, '3004', 'http://nas/')).toBeUndefined()
  })
})
