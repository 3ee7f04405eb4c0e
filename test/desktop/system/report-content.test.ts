import { expect, test } from 'vitest'
import { secretValues, toJson, withoutSecrets } from '../../../src-main/desktop/system/report-content.ts'
import { EMPTY_CONFIG } from '../../../src-shared/config/schema.ts'

test('a secret inside of another one is hidden too, and short values are no secrets', () => {
  const config = {
    ...EMPTY_CONFIG,
    backends: [{ name: 'a', url: 'http://a', headers: { a: 'secret', b: 'secret-and-more', c: 'on' } }],
  }
  const secrets = secretValues(config, [])
  expect(withoutSecrets('on secret-and-more, secret', secrets)).toBe('on [hidden], [hidden]')
})

test('a secret is hidden where JSON has escaped it', () => {
  const secret = 'pass"word\\of mine'
  const config = { ...EMPTY_CONFIG, backends: [{ name: 'a', url: 'http://a', headers: { a: secret } }] }
  const line = JSON.stringify({ error: `refused ${secret}` })
  expect(withoutSecrets(line, secretValues(config, []))).toBe('{"error":"refused [hidden]"}')
})

test('lists and objects under a name that looks secret are hidden whole', () => {
  const json: unknown = JSON.parse(
    toJson({ later: { tokens: ['abc'], secrets: { a: 1 }, passwordSet: true } }),
  )
  expect(json).toEqual({ later: { tokens: '[hidden]', secrets: '[hidden]', passwordSet: true } })
})
