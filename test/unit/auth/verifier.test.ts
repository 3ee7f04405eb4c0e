import { describe, expect, test, vi } from 'vitest'
import type { Client } from '../../../src-main/auth/attempts.ts'
import { PasswordChecks } from '../../../src-main/auth/checks.ts'
import { hashPassword } from '../../../src-main/auth/hash.ts'
import { PasswordVerifier } from '../../../src-main/auth/verifier.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { CHEAP_HASH } from '../../support/login.ts'

describe('the verifier', () => {
  const client: Client = { address: 'a' }
  const open = async (checks = new PasswordChecks()): Promise<PasswordVerifier> =>
    new PasswordVerifier(await hashPassword('correct horse', CHEAP_HASH), checks, silentLogger())

  test('does not count an attempt that was not looked at', async () => {
    const checks = new PasswordChecks()
    const verifier = await open(checks)
    let end: () => void = () => undefined
    const held = new Promise<void>((resolve) => (end = resolve))
    const others = Array.from({ length: 34 }, () => checks.run(() => held))
    for (let count = 0; count < 8; count++) {
      await expect(verifier.isRight('wrong', client)).rejects.toThrow(/Too many passwords/)
      await expect(verifier.isBasicRight('wrong', client)).rejects.toThrow(/Too many passwords/)
    }
    end()
    await Promise.all(others)
    expect(await verifier.isRight('correct horse', client)).toBe(true)
  })

  test('hashes a Basic password that was right once, however many calls bring it', async () => {
    const checks = new PasswordChecks()
    const hashed = vi.spyOn(checks, 'run')
    const verifier = await open(checks)
    const calls = () => Array.from({ length: 20 }, () => verifier.isBasicRight('correct horse', client))
    expect(new Set(await Promise.all(calls()))).toEqual(new Set([true]))
    expect(new Set(await Promise.all(calls()))).toEqual(new Set([true]))
    expect(hashed).toHaveBeenCalledTimes(1)
  })

  test('does not remember what was right before another password was set', async () => {
    const verifier = await open()
    const other = await hashPassword('battery staple', CHEAP_HASH)
    expect(await verifier.isBasicRight('correct horse', client)).toBe(true)
    const again = verifier.isBasicRight('correct horse', { address: 'b' })
    verifier.use(other)
    expect(await again).toBe(false)
    expect(await verifier.isBasicRight('correct horse', client)).toBe(false)
    expect(await verifier.isBasicRight('battery staple', client)).toBe(true)
  })
})
