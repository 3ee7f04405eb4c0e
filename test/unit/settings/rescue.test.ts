import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rescue } from '../../../src-main/settings/rescue.ts'
import { serialize } from '../../../src-main/settings/writer.ts'
import { EMPTY_CONFIG, fieldsSchema } from '../../../src-shared/config/schema.ts'

test('no text that is no JSON makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(400), (noise, at) => {
      const text = serialize({
        defaultBackend: 'nas',
        backends: [{ name: 'nas', url: 'http://nas:3003' }],
        security: { allowedClients: ['10.0.0.1'], passwordHash: 'scrypt:x' },
      })
      const config = rescue(text.slice(0, at) + noise + text.slice(at))
      expect(fieldsSchema.safeParse(config).success).toBe(true)
    }),
  )
  expect(rescue('')).toBe(EMPTY_CONFIG)
})
