import { describe, expect, test } from 'vitest'
import { hashPassword, sameSecret, verifyPassword } from '../../../src-main/auth/hash.ts'
import { SCRYPT_COST } from '../../../src-main/auth/limits.ts'
import { CHEAP_HASH } from '../../support/login.ts'

describe('a password’s hash', () => {
  test('holds its parameters and a salt of its own, not the password', async () => {
    const [one, two] = await Promise.all([
      hashPassword('correct horse', CHEAP_HASH),
      hashPassword('correct horse', CHEAP_HASH),
    ])
    expect(one).toMatch(/^scrypt:1024:8:1:[\w-]{22}:[\w-]{43}$/)
    expect(one).not.toBe(two)
    expect(one).not.toContain('correct')
    expect(await verifyPassword('correct horse', one)).toBe(true)
    expect(await verifyPassword('correct horsE', one)).toBe(false)
    expect(await verifyPassword('', one)).toBe(false)
  })

  test('has the default cost where none is asked for', async () => {
    const hash = await hashPassword('correct horse')
    expect(hash.startsWith(`scrypt:${SCRYPT_COST.N}:${SCRYPT_COST.r}:${SCRYPT_COST.p}:`)).toBe(true)
    expect(await verifyPassword('correct horse', hash)).toBe(true)
  })

  test('is the same however a letter is composed', async () => {
    expect(await verifyPassword('cafe\u0301-cafe', await hashPassword('caf\u00e9-cafe', CHEAP_HASH))).toBe(
      true,
    )
  })

  test.each([
    '',
    'plain',
    'scrypt:1024:8:1::',
    'scrypt:1000:8:1:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
    'scrypt:0:8:1:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
    'scrypt:9999999:99:99:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
    'scrypt:524288:16:1:AAAAAAAAAAAAAAAAAAAAAA:' + 'A'.repeat(43),
  ])('%j, written by hand, lets nobody in', async (hash) => {
    expect(await verifyPassword('', hash)).toBe(false)
    expect(await verifyPassword('plain', hash)).toBe(false)
  })

  test('secrets are compared whole', () => {
    expect(sameSecret('abc', 'abc')).toBe(true)
    expect(sameSecret('abc', 'abcd')).toBe(false)
    expect(sameSecret('', 'a')).toBe(false)
  })
})
