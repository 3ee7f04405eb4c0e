import { expect, test } from 'vitest'
import { TooManyAttempts } from '../../../src-main/auth/attempts.ts'
import { PasswordChecks } from '../../../src-main/auth/checks.ts'
import { turnsUntil } from '../../support/turns.ts'

test('passwords are checked two at a time, and only so many wait', async () => {
  const checks = new PasswordChecks()
  let running = 0
  let most = 0
  const ends: (() => void)[] = []
  const check = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => ends.push(resolve))
    running--
  }
  const all = Array.from({ length: 40 }, () => checks.run(check))
  const settled = Promise.allSettled(all)
  let ended = 0
  while (ended < 34) {
    await turnsUntil(() => ends.length > 0)
    ends.shift()?.()
    ended++
  }
  const results = await settled
  expect(most).toBe(2)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(34)
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused).toHaveLength(6)
  expect(refused.every(({ reason }) => reason instanceof TooManyAttempts)).toBe(true)
})
