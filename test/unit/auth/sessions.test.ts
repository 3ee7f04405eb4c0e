import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { digest } from '../../../src-main/auth/hash.ts'
import { Sessions } from '../../../src-main/auth/sessions.ts'
import { MAX_SESSIONS } from '../../../src-main/auth/limits.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

describe('sessions', () => {
  let file: string
  const onEnded = vi.fn<() => void>()
  const open = (hash: string, lifetimeMs = 60_000): Sessions =>
    new Sessions({ file, lifetimeMs, log: silentLogger(), onEnded }, hash)

  beforeEach(() => {
    file = path.join(folder, 'sessions.json')
    onEnded.mockClear()
  })
  afterEach(() => void vi.useRealTimers())

  test('are random, kept as hashes in a file for the user alone, and outlive a restart', () => {
    const first = open('hash')
    const token = first.open(true)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain(token)
    expect(text).toContain(digest(token))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    first.stop()
    const second = open('hash')
    expect(second.find(token)).toBeDefined()
    second.end(second.find(token) ?? '')
    expect(second.find(token)).toBeUndefined()
    expect(onEnded).toHaveBeenCalledOnce()
    expect(open('hash').find(token)).toBeUndefined()
  })

  test('a changed password ends them, also one that was changed while the program was off', () => {
    const sessions = open('hash')
    const token = sessions.open(true)
    expect(open('another hash').find(token)).toBeUndefined()
    expect(open('').find(token)).toBeUndefined()
    sessions.passwordChanged('another hash')
    expect(sessions.find(token)).toBeUndefined()
    expect(open('hash').find(token)).toBeUndefined()
  })

  test('the window’s own are not kept, and stay when the password changes', () => {
    const sessions = open('hash')
    const token = sessions.open(false)
    sessions.passwordChanged('another')
    expect(sessions.find(token)).toBeDefined()
    expect(open('hash').find(token)).toBeUndefined()
  })

  test('end by themselves, after 30 days too, which is more than a timer can wait', () => {
    vi.useFakeTimers()
    const days = 24 * 60 * 60 * 1_000
    const sessions = open('hash', 30 * days)
    const token = sessions.open(true)
    vi.advanceTimersByTime(29.9 * days)
    expect(sessions.find(token)).toBeDefined()
    expect(onEnded).not.toHaveBeenCalled()
    vi.advanceTimersByTime(0.2 * days)
    expect(onEnded).toHaveBeenCalledOnce()
    expect(sessions.find(token)).toBeUndefined()
  })

  test('only so many are kept, the oldest goes', () => {
    const sessions = open('hash')
    const tokens = Array.from({ length: MAX_SESSIONS + 1 }, () => sessions.open(true))
    expect(sessions.find(tokens[0] ?? '')).toBeUndefined()
    expect(sessions.find(tokens[1] ?? '')).toBeDefined()
    expect(sessions.find(tokens.at(-1) ?? '')).toBeDefined()
  })

  test.each(['', '{', '[]', '{"password": 1}', '{"password":"x","sessions":{"a":"b"}}'])(
    'a file that holds %j costs the logins, nothing else',
    (text) => {
      writeFileSync(file, text)
      const sessions = open('hash')
      expect(sessions.find(sessions.open(true))).toBeDefined()
    },
  )

  test('a file cannot make a session longer than it may be', () => {
    const first = open('hash')
    const token = first.open(true)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/:\d{13}/, ':99999999999999'))
    vi.useFakeTimers()
    const second = open('hash')
    expect(second.find(token)).toBeDefined()
    vi.advanceTimersByTime(61_000)
    expect(second.find(token)).toBeUndefined()
  })
})
