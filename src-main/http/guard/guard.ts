/** The guard as Express sees it: the door's rules, the session where a password is set, the headers of every answer. */
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import type { Auth, Credentials, Grant } from '../../auth/auth.ts'
import { AppError } from '../../platform/errors.ts'
import type { AccessControl } from './access-control.ts'
import { clientOf } from './addresses.ts'
import { basicPassword, sessionTokens } from './credentials.ts'

/** What a page may do: its own scripts, styles and calls; nothing inline, nothing from elsewhere, in no frame. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'connect-src': ["'self'"],
  'font-src': ["'self'"],
  'manifest-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/** Headers of every answer. No HSTS and no upgrade to https: on a home network this is plain http. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // Browsers ignore these two over http and complain of it in the console.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    // For browsers and plug-ins that are no more.
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })
}

/** Below /api: what works without a session, so that one can be opened. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/auth/status', '/auth/login'])

export interface Guard {
  /** `/ping` and `/predict`: by address alone. */
  readonly inference: RequestHandler
  /** Everything else: by address, by host, and by origin where something is changed. */
  readonly management: RequestHandler
  /** The management API: with a session or HTTP Basic where a password is set. To be mounted on /api. */
  readonly session: RequestHandler
  /** After the body of a call has been read: what it was let in by may have ended meanwhile. */
  readonly stillIn: RequestHandler
  /** @throws {AppError} LOGIN_NEEDED (401) where what a request was let in by has ended */
  requireStillIn(request: Request): void
  credentialsOf(request: Request): Credentials
  /** By what a request to the management API was let in. */
  grantOf(request: Request): Grant
}

// No WWW-Authenticate: browsers would show their own dialogue over the page's login form.
const loginNeeded = (): AppError =>
  new AppError('LOGIN_NEEDED', 401, 'A password is set; log in on the page /config, or send it by HTTP Basic')

export interface GuardDeps {
  readonly accessControl: AccessControl
  readonly auth: Pick<Auth, 'authenticate' | 'isValid'>
  /** The name of the session cookie. */
  readonly cookieName: string
}

export function createGuard({ accessControl, auth, cookieName }: GuardDeps): Guard {
  const grants = new WeakMap<Request, Grant>()
  const credentialsOf = (request: Request): Credentials => ({
    token: sessionTokens(request.headers.cookie, cookieName)[0],
    basic: basicPassword(request.headers.authorization),
    client: clientOf(request.socket.remoteAddress),
  })
  const requireStillIn = (request: Request): void => {
    const grant = grants.get(request)
    if (grant !== undefined && !auth.isValid(grant)) throw loginNeeded()
  }
  return {
    credentialsOf,
    requireStillIn,
    inference(request, _response, next) {
      next(accessControl.inferenceRefusal(request.socket))
    },
    management(request, _response, next) {
      next(accessControl.managementRefusal(request))
    },
    async session(request, _response, next) {
      if (OPEN_PATHS.has(request.path)) {
        next()
        return
      }
      const grant = await auth.authenticate(credentialsOf(request))
      if (grant === undefined) throw loginNeeded()
      grants.set(request, grant)
      next()
    },
    stillIn(request, _response, next) {
      requireStillIn(request)
      next()
    },
    grantOf(request) {
      const grant = grants.get(request)
      if (grant === undefined) throw new Error(`${request.path} was not guarded`)
      return grant
    },
  }
}
