import { describe, expect, it } from 'vitest'
import { branchText, nodeOf } from '../../../src-renderer/lib/tree.ts'

const NUMBERS = [0, 3, 4, 0, 0, 0, 0, 0]

describe('trees', () => {
  it('fold lists in strings', () => {
    expect(nodeOf(JSON.stringify(NUMBERS)).kind).toBe('vector')
    const inner = nodeOf('{"a":1}')
    expect(inner.kind === 'branch' && branchText(inner)).toBe('{1} in a text')
    expect(nodeOf('[not json')).toEqual({ kind: 'leaf', type: 'text', text: '"[not json"' })
    expect(nodeOf(null)).toEqual({ kind: 'leaf', type: 'null', text: 'null' })
    expect(nodeOf(true)).toEqual({ kind: 'leaf', type: 'boolean', text: 'true' })
  })
})
