import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { call } from '../../../src-renderer/api/client.ts'
import { createSession, type Session } from '../../../src-renderer/composables/useSession.ts'
import { scope, useCleanPage } from '../support/page.ts'

useCleanPage()

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
