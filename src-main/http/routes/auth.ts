/** Password, login and logout, and the session of the app's own window. */
import { Router, type CookieOptions, type Request, type RequestHandler, type Response } from 'express'
import * as z from 'zod'
import type { AuthStatus } from '../../../src-shared/api.ts'
import { WINDOW_TOKEN, type Auth } from '../../auth/auth.ts'
import { requiredBody } from '../required-body.ts'
import { secureCookieName, sessionTokens } from '../guard/credentials.ts'
import type { Guard } from '../guard/guard.ts'

export interface AuthDeps {
  readonly auth: Auth
  /** The name of the session cookie. */
  readonly cookieName: string
}

const loginSchema = z.object({ password: z.string() })
const passwordSchema = z.object({ password: z.string(), current: z.string().optional() })

const COOKIE: CookieOptions = { httpOnly: true, sameSite: 'strict', path: '/' }

/**
 * The session cookie for a request: `Secure` where its page was opened over https, through a reverse proxy. The
 * scheme is read from `Origin`, which access control has checked.
 */
function cookieFor(request: Request, plainName: string): { name: string; options: CookieOptions } {
  const isHttps = /^https:/i.test(request.headers.origin ?? '')
  return isHttps
    ? { name: secureCookieName(plainName), options: { ...COOKIE, secure: true } }
    : { name: plainName, options: COOKIE }
}

/** Below `/api`: `GET /auth/status`, `POST /auth/login`, `POST /auth/logout`, `POST /auth/password`. */
export function authRoutes({ auth, cookieName }: AuthDeps, guard: Guard): Router {
  const router = Router()
  const giveCookie = (request: Request, response: Response, token: string): void => {
    const { name, options } = cookieFor(request, cookieName)
    response.cookie(name, token, { ...options, maxAge: auth.sessionMs })
  }
  const takeCookie = (request: Request, response: Response): void => {
    const { name, options } = cookieFor(request, cookieName)
    response.clearCookie(name, options)
    if (name !== cookieName) response.clearCookie(cookieName, COOKIE)
  }
  const status = (authenticated: boolean): AuthStatus => ({ passwordSet: auth.passwordSet, authenticated })

  router.get('/auth/status', async (request, response) => {
    const grant = await auth.authenticate(guard.credentialsOf(request))
    response.json(status(grant !== undefined))
  })
  router.post('/auth/login', async (request, response) => {
    const { password } = requiredBody(loginSchema, request.body, '{"password": "…"}')
    giveCookie(request, response, await auth.login(password, guard.credentialsOf(request).client))
    response.json(status(true))
  })
  router.post('/auth/logout', (request, response) => {
    for (const token of sessionTokens(request.headers.cookie, cookieName)) auth.logout(token)
    takeCookie(request, response)
    response.json(status(!auth.passwordSet))
  })
  router.post('/auth/password', async (request, response) => {
    const example = '{"password": "…", "current": "…"}'
    const { password, current } = requiredBody(passwordSchema, request.body, example)
    const token = await auth.setPassword(password, current, guard.credentialsOf(request).client)
    // All sessions have ended. The client that changed the password knows it and gets a new one.
    if (token === undefined) takeCookie(request, response)
    else giveCookie(request, response, token)
    response.json(status(true))
  })
  return router
}

/** The window's token in the query of a request, and the address without it. */
function withoutToken(request: Request): { token: string | null; location: string } {
  const [, ...rest] = request.originalUrl.split('?')
  const query = new URLSearchParams(rest.join('?'))
  const token = query.get(WINDOW_TOKEN)
  query.delete(WINDOW_TOKEN)
  return { token, location: `${request.path}${query.size === 0 ? '' : `?${query.toString()}`}` }
}

/**
 * Logs the app's own window in: exchanges the token in its address for a session cookie and redirects to the address
 * without it. A wrong token is removed too, and the login form is shown.
 */
export function windowEntry({ auth, cookieName }: AuthDeps): RequestHandler {
  return (request, response, next) => {
    const { token, location } = withoutToken(request)
    if (token === null) {
      next()
      return
    }
    const session = auth.enterWindow(token)
    // Without `maxAge`: it ends with the window, which has the token for another one.
    if (session !== undefined) response.cookie(cookieName, session, COOKIE)
    response.setHeader('cache-control', 'no-store')
    response.redirect(303, location)
  }
}
