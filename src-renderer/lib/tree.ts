/** JSON values as the nodes of a tree. Pure. */
import { parseJson } from './answers.ts'
import { vectorOf } from './vector.ts'

export type Node =
  | { readonly kind: 'vector'; readonly values: readonly number[] }
  | {
      readonly kind: 'branch'
      readonly isList: boolean
      readonly children: readonly (readonly [string, unknown])[]
      /** Whether it was parsed from a string. */
      readonly inString: boolean
    }
  | { readonly kind: 'leaf'; readonly type: 'text' | 'number' | 'boolean' | 'null'; readonly text: string }

function branchOf(value: object, inString: boolean): Node {
  const isList = Array.isArray(value)
  return { kind: 'branch', isList, children: Object.entries(value) as [string, unknown][], inString }
}

/** Number lists become vectors, and JSON inside strings is parsed. */
export function nodeOf(value: unknown): Node {
  const values = vectorOf(value)
  if (values !== undefined) return { kind: 'vector', values }
  if (typeof value === 'object' && value !== null) return branchOf(value, false)
  if (typeof value === 'string') {
    const inner = /^\s*[[{]/.test(value) ? parseJson(value) : undefined
    if (typeof inner === 'object' && inner !== null) return branchOf(inner, true)
    return { kind: 'leaf', type: 'text', text: JSON.stringify(value) }
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'leaf', type: typeof value as 'number' | 'boolean', text: String(value) }
  }
  return { kind: 'leaf', type: 'null', text: 'null' }
}

export function branchText({ isList, children, inString }: Extract<Node, { kind: 'branch' }>): string {
  const size = isList ? `[${children.length}]` : `{${children.length}}`
  return inString ? `${size} in a text` : size
}
