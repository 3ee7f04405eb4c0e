import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, type EffectScope } from 'vue'
import { ApiFailure, call, loginRequired } from '../../src-renderer/api/client.ts'
import { usePasswordForm } from '../../src-renderer/composables/usePasswordForm.ts'
import { createSession, type Session } from '../../src-renderer/composables/useSession.ts'
import { fieldProblems, loginProblem, refusalProblems } from '../../src-renderer/lib/password.ts'

let scope: EffectScope

beforeEach(() => {
  scope = effectScope()
})

afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
  loginRequired.value = false
})

const OPEN = { passwordSet: true, authenticated: true }
const LOCKED = { passwordSet: true, authenticated: false }

function start(answer: (path: string) => Response | Promise<Response>): Session {
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(answer(path)))
  return scope.run(() => createSession()) ?? expect.unreachable()
}

describe('a session', () => {
  it('is closed until the proxy was asked, then what the proxy says', async () => {
    let status = LOCKED
    const session = start(() => Response.json(status))
    expect([session.isOpen.value, session.isLocked.value]).toEqual([false, false])
    expect(await session.check()).toBe(false)
    expect([session.isOpen.value, session.isLocked.value]).toEqual([false, true])
    status = OPEN
    expect(await session.login('x')).toBe(true)
    expect([session.isOpen.value, session.passwordSet.value]).toEqual([true, true])
  })

  it('is closed by any call that is refused, and opened again where that was of before the login', async () => {
    let status = LOCKED
    const session = start((path) =>
      path === '/api/auth/status' ? Response.json(status) : new Response('', { status: 401 }),
    )
    status = OPEN
    await session.check()
    await call('/api/config').catch(() => undefined)
    expect(session.isOpen.value).toBe(false)
    await vi.waitFor(() => expect(session.isOpen.value).toBe(true))
    status = LOCKED
    await call('/api/config').catch(() => undefined)
    await nextTick()
    expect(session.isLocked.value).toBe(true)
  })

  it('does not believe an answer that was overtaken by a login', async () => {
    let answerLate: (response: Response) => void = () => undefined
    const late = new Promise<Response>((resolve) => (answerLate = resolve))
    const session = start((path) => (path === '/api/auth/status' ? late : Response.json(OPEN)))
    const check = session.check()
    await session.login('x')
    answerLate(Response.json(LOCKED))
    expect(await check).toBe(true)
    expect(session.isLocked.value).toBe(false)
  })

  it('settles while the password is changed, and after a refusal too', async () => {
    const session = start(() => Response.json({ error: 'no' }, { status: 403 }))
    const changing = session.setPassword('new', 'old')
    expect(session.isSettling.value).toBe(true)
    await expect(changing).rejects.toMatchObject({ status: 403 })
    expect(session.isSettling.value).toBe(false)
  })
})

describe('what is said of a password', () => {
  it('is too short, not repeated, or the current one is missing', () => {
    const fields = { current: '', next: '1234567', again: '' }
    expect(Object.keys(fieldProblems('set', fields))).toEqual(['next'])
    expect(Object.keys(fieldProblems('change', fields))).toEqual(['current', 'next'])
    expect(Object.keys(fieldProblems('remove', fields))).toEqual(['current'])
    expect(Object.keys(fieldProblems('set', { ...fields, next: '12345678' }))).toEqual(['again'])
    expect(fieldProblems('set', { ...fields, next: '12345678', again: '12345678' })).toEqual({})
    // Seven characters as people count them.
    expect(Object.keys(fieldProblems('set', { ...fields, next: '🐶🐶🐶🐶🐶🐶🐶' }))).toEqual(['next'])
  })

  it('stands at the field it is about', () => {
    const failure = (status: number, wait?: number): ApiFailure => new ApiFailure(status, 'Told', [], wait)
    expect(refusalProblems('change', failure(403)).current).toContain('wrong')
    expect(refusalProblems('set', failure(403)).form).toContain('meanwhile')
    expect(refusalProblems('change', failure(400)).next).toBe('Told.')
    expect(refusalProblems('change', failure(429, 31)).current).toBe(
      'Too many tries. Try again in 31 seconds.',
    )
    expect(refusalProblems('change', failure(409)).form).toBe('Told')
    expect(loginProblem(failure(401))).toBe('The password is wrong.')
    expect(loginProblem(failure(429))).toBe('Too many tries. Try again later.')
    expect(loginProblem(failure(0))).toBe('Told')
  })
})

describe('the form of the password', () => {
  it('sends nothing that is wrong, asks before it removes, and forgets what was typed', async () => {
    const setPassword = vi.fn(() => Promise.resolve())
    const confirm = vi.fn(() => Promise.resolve(false))
    const form = usePasswordForm({ setPassword, check: () => Promise.resolve(true) }, confirm)
    form.open('remove')
    expect(await form.submit()).toBe(false)
    expect(confirm).not.toHaveBeenCalled()
    form.fields.current = 'old password'
    expect(await form.submit()).toBe(false)
    expect(setPassword).not.toHaveBeenCalled()
    confirm.mockResolvedValueOnce(true)
    expect(await form.submit()).toBe(true)
    expect(setPassword).toHaveBeenCalledWith('', 'old password')
    expect([form.mode.value, form.fields.current]).toEqual([undefined, ''])
    expect(form.outcome.value).toContain('removed')
  })
})
