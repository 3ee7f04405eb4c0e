/** Access control, login and security headers as Express middleware. */
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import type { Auth, Credentials, Grant } from '../../auth/auth.ts'
import { AppError } from '../../platform/errors.ts'
import type { AccessControl } from './access-control.ts'
import { clientOf } from './addresses.ts'
import { isLocalCall } from './trust.ts'
import { basicPassword, sessionTokens } from './credentials.ts'

/**
 * Pages may load scripts and styles and make calls on their own origin only. Nothing inline, and no frame may hold
 * them.
 */
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

/**
 * Sets the security headers of every answer. No HSTS and no upgrade to https: on a home network the pages use plain
 * http.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // Browsers ignore these two over http, with a message in the console.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    // Only browsers and plug-ins that are obsolete read these three.
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })
}

/** Paths below /api that need no session: those by which one is opened. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/auth/status', '/auth/login'])

export interface Guard {
  /** For `/ping` and `/predict`: judges the client's address. */
  readonly inference: RequestHandler
  /** For everything else: judges address and `Host`, and the origin of calls that change something. */
  readonly management: RequestHandler
  /** For the management API, to be mounted on /api: requires a session or HTTP Basic where a password is set. */
  readonly session: RequestHandler
  /** To run when the body of a call has been read: its session may have ended in the meantime. */
  readonly recheckGrant: RequestHandler
  /** @throws {AppError} LOGIN_NEEDED (401) where the grant of the request has ended */
  requireValidGrant(request: Request): void
  /**
   * For calls with an admin's power: from the app's window, from this computer, or with a password that is set.
   * @throws {AppError} TRUST_NEEDED (403)
   */
  requireTrusted(request: Request): void
  credentialsOf(request: Request): Credentials
  /** The grant of a request that {@link session} has passed. */
  grantOf(request: Request): Grant
}

// Without WWW-Authenticate: with it browsers show their own dialog over the page's login form.
const loginNeeded = (): AppError =>
  new AppError('LOGIN_NEEDED', 401, 'A password is set; log in on the page /config, or send it by HTTP Basic')

const trustNeeded = (): AppError =>
  new AppError(
    'TRUST_NEEDED',
    403,
    'This is not for everyone on the home network: set a password, or do it on the computer of the proxy itself (http://localhost)',
  )

export interface GuardDeps {
  readonly accessControl: AccessControl
  readonly auth: Pick<Auth, 'authenticate' | 'isValid' | 'isWindow' | 'passwordSet'>
  /** The name of the session cookie. */
  readonly cookieName: string
}

/** Makes the middleware. It keeps the grant of each request until the request is collected. */
export function createGuard({ accessControl, auth, cookieName }: GuardDeps): Guard {
  const grants = new WeakMap<Request, Grant>()
  const credentialsOf = (request: Request): Credentials => ({
    tokens: sessionTokens(request.headers.cookie, cookieName),
    basic: basicPassword(request.headers.authorization),
    client: clientOf(request.socket.remoteAddress),
  })
  const requireValidGrant = (request: Request): void => {
    const grant = grants.get(request)
    if (grant !== undefined && !auth.isValid(grant)) throw loginNeeded()
  }
  return {
    credentialsOf,
    requireValidGrant,
    requireTrusted(request) {
      if (auth.passwordSet || isLocalCall(request.socket.remoteAddress, request.headers)) return
      if (!auth.isWindow(sessionTokens(request.headers.cookie, cookieName))) throw trustNeeded()
    },
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
    recheckGrant(request, _response, next) {
      requireValidGrant(request)
      next()
    },
    grantOf(request) {
      const grant = grants.get(request)
      if (grant === undefined) throw new Error(`${request.path} has no grant: the guard must run before`)
      return grant
    },
  }
}
