/** docs/settings.md names every setting of the schema. */
import { expect, test } from 'vitest'
import { backendSchema } from '../../../src-shared/config/backend-schema.ts'
import { immichSchema } from '../../../src-shared/config/immich-schema.ts'
import { fieldsSchema } from '../../../src-shared/config/schema.ts'
import { securitySchema } from '../../../src-shared/config/security-schema.ts'
import { codeSpans, readDocument } from '../../support/documents.ts'

const { app, hold, server } = fieldsSchema.shape
/** The settings below each field that has some, without the ones that pages of their own explain. */
const SHAPES = {
  'backends[]': backendSchema.shape,
  server: server.unwrap().shape,
  app: app.unwrap().shape,
  hold: hold.unwrap().shape,
  security: securitySchema.shape,
  immich: immichSchema.shape,
}

test('every setting stands in docs/settings.md', () => {
  // `backends[].name`, `.url` names two settings of one field.
  let before = ''
  const named = new Set(
    codeSpans(readDocument('docs/settings.md')).map((code) => {
      if (code.startsWith('.')) return before + code
      before = code.split('.')[0] ?? ''
      return code
    }),
  )
  const top = Object.keys(fieldsSchema.shape).filter((field) => field !== 'backends' && !(field in SHAPES))
  const below = Object.entries(SHAPES).flatMap(([field, shape]) =>
    Object.keys(shape).map((key) => `${field}.${key}`),
  )
  expect(below.length).toBeGreaterThan(20)
  expect([...top, ...below].filter((setting) => !named.has(setting))).toEqual([])
})
