/** Looks into schemas: what a schema expects below a value, and which fields of an object it does not know. Pure. */
import * as z from 'zod'

/** A schema without what makes it optional, gives it a default, or changes its value first. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return bare(schema.unwrap())
  }
  // What a preprocess step hands on to.
  if (schema instanceof z.ZodPipe) return bare(schema.out)
  return schema
}

/** Of a union the option that a value is meant for: a list, an object, or neither. */
function optionFor(union: z.ZodUnion, value: unknown): z.core.$ZodType | undefined {
  return union.options.map(bare).find((option) => {
    if (Array.isArray(value)) return option instanceof z.ZodArray
    return isPlain(value) && (option instanceof z.ZodObject || option instanceof z.ZodRecord)
  })
}

/** The schema by which a value is judged: the bare one, of a union the option that is meant. */
export function schemaFor(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const inner = bare(schema)
  return inner instanceof z.ZodUnion ? bare(optionFor(inner, value) ?? inner) : inner
}

export type Plain = Record<string, unknown>

/** Whether a value is an object and no list. */
export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The schema of a member of an object or a list; undefined where the schema does not know it. */
export function memberSchema(schema: z.core.$ZodType, key: string): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element
  if (schema instanceof z.ZodRecord) return schema.valueType
  if (!(schema instanceof z.ZodObject)) return undefined
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape
  return Object.hasOwn(shape, key) ? shape[key] : undefined
}

/**
 * The value without the fields that the schema does not know. What is no object where the schema wants one is no
 * unknown field: the schema refuses it.
 * @param unknown is given the name and the value of each field that is left out
 */
export function withoutUnknown(
  schema: z.core.$ZodType,
  value: unknown,
  unknown: [string, unknown][],
): unknown {
  const inner = schemaFor(schema, value)
  if (Array.isArray(value) && inner instanceof z.ZodArray) {
    return value.map((member: unknown) => withoutUnknown(inner.element, member, unknown))
  }
  if (!isPlain(value) || !(inner instanceof z.ZodObject || inner instanceof z.ZodRecord)) return value
  const known: [string, unknown][] = []
  for (const [key, member] of Object.entries(value)) {
    const schemaOfMember = memberSchema(inner, key)
    if (schemaOfMember === undefined) unknown.push([key, member])
    else known.push([key, withoutUnknown(schemaOfMember, member, unknown)])
  }
  return Object.fromEntries(known)
}
