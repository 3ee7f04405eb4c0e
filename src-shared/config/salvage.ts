/** Takes from a value what a schema can use, and tells the rest by field. Pure, browser-safe. */
import * as z from 'zod'
import type { Path, Problems } from './problems.ts'
import { isPlain, memberSchema, schemaFor, type Plain } from './schema-shape.ts'

type Tell = Pick<Problems, 'add'>

/** Members of one object that the schema refuses only together, as two spellings of one header. Each takes a round. */
const MAX_ROUNDS = 100

/**
 * What of a value a schema can use: the value itself where it is valid, else the same object or list without the members
 * that are not. `null` counts as absent in known fields of an object.
 * @param path where the value stands, for what is told
 * @returns undefined where nothing of it can be used
 */
export function salvage(schema: z.core.$ZodType, value: unknown, path: Path, problems: Tell): unknown {
  const whole = z.safeParse(schema, value)
  if (whole.success) return whole.data
  const inner = schemaFor(schema, value)
  if (Array.isArray(value) && inner instanceof z.ZodArray) {
    const members = value.map((member: unknown, index) =>
      salvage(inner.element, member, [...path, index], problems),
    )
    return judged(
      schema,
      members.filter((member) => member !== undefined),
      path,
      problems,
    )
  }
  if (isPlain(value) && (inner instanceof z.ZodObject || inner instanceof z.ZodRecord)) {
    return settled(schema, value, salvageMembers(inner, value, path, problems), path, problems)
  }
  for (const { message } of whole.error.issues) problems.add(path, message)
  return undefined
}

function salvageMembers(schema: z.core.$ZodType, value: Plain, path: Path, problems: Tell): Plain {
  const members: [string, unknown][] = []
  for (const [key, member] of Object.entries(value)) {
    const schemaOfMember = memberSchema(schema, key)
    if (key === '__proto__') problems.add([...path, key], 'is no name that can be used')
    else if (schemaOfMember === undefined) members.push([key, member])
    else if (member !== null) {
      const kept = salvage(schemaOfMember, member, [...path, key], problems)
      if (kept !== undefined) members.push([key, kept])
    }
  }
  return Object.fromEntries(members)
}

function judged(schema: z.core.$ZodType, value: unknown, path: Path, problems: Tell): unknown {
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  for (const issue of result.error.issues) problems.add([...path, ...textPath(issue.path)], issue.message)
  return undefined
}

/**
 * Removes the members that the schema refuses although each is valid by itself, until the rest is valid.
 * @param whole the members that there were: what was told of one is not told again, as that it is missing
 */
function settled(schema: z.core.$ZodType, whole: Plain, members: Plain, path: Path, problems: Tell): unknown {
  let rest = members
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = z.safeParse(schema, rest)
    if (result.success) return result.data
    const [issue] = result.error.issues.filter(({ path: [key] }) => Object.hasOwn(rest, key ?? ''))
    if (issue === undefined) break
    problems.add([...path, ...textPath(issue.path)], issue.message)
    rest = without(rest, issue.path)
  }
  const isTold = (key: PropertyKey | undefined): boolean =>
    key !== undefined && whole[String(key)] !== null && Object.hasOwn(whole, key) && !Object.hasOwn(rest, key)
  const add: Tell['add'] = (where, message) => {
    if (!isTold(where[path.length])) problems.add(where, message)
  }
  return judged(schema, rest, path, { add })
}

/** A copy without what stands at a path, or where there is nothing without the last object on the way. */
function without(value: Plain, [key = '', ...rest]: readonly PropertyKey[]): Plain {
  const copy = { ...value }
  const name = String(key)
  const member = copy[name]
  const [next] = rest
  if (next !== undefined && isPlain(member) && Object.hasOwn(member, next)) copy[name] = without(member, rest)
  else Reflect.deleteProperty(copy, name)
  return copy
}

const textPath = (path: readonly PropertyKey[]): (string | number)[] =>
  path.map((part) => (typeof part === 'number' ? part : String(part)))
