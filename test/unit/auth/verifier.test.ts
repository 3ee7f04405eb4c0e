import { describe, expect, test } from 'vitest'
import type { Client } from '../../../src-main/auth/attempts.ts'
import { PasswordChecks } from '../../../src-main/auth/checks.ts'
import { hashPassword } from '../../../src-main/auth/hash.ts'
import { PasswordVerifier } from '../../../src-main/auth/verifier.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'

const CHEAP = { N: 1024, r: 8, p: 1 }

describe('the verifier', () => {
  const client: Client = { address: 'a' }
  const open = async (checks = new PasswordChecks()): Promise<PasswordVerifier> =>
    new PasswordVerifier(await hashPassword('correct horse', CHEAP), checks, silentLogger())

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

  test('does not remember what was right before another password was set', async () => {
    const verifier = await open()
    const other = await hashPassword('battery staple', CHEAP)
    expect(await verifier.isBasicRight('correct horse', client)).toBe(true)
    const again = verifier.isBasicRight('correct horse', { address: 'b' })
    verifier.use(other)
    expect(await again).toBe(false)
    expect(await verifier.isBasicRight('correct horse', client)).toBe(false)
    expect(await verifier.isBasicRight('battery staple', client)).toBe(true)
  })
})
