import { expect, test } from 'vitest'
import { secretValues, withoutSecrets } from '../../../src-main/desktop/system/report-content.ts'
import { EMPTY_CONFIG } from '../../../src-shared/config/schema.ts'

test('a secret inside of another one is hidden too, and short values are no secrets', () => {
  const config = {
    ...EMPTY_CONFIG,
    backends: [{ name: 'a', url: 'http://a', headers: { a: 'secret', b: 'secret-and-more', c: 'on' } }],
  }
  const secrets = secretValues(config, [])
  expect(withoutSecrets('on secret-and-more, secret', secrets)).toBe('on [hidden], [hidden]')
})
