/** The door: who may come in by address and by the name that was called. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { AppError } from '../../platform/errors.ts'
import type { SecurityConfig } from '../../../src-shared/config/schema.ts'
import { clientRules, judgeClient, type ClientRules, type ClientVerdict } from './addresses.ts'
import { isAllowedHost } from './hosts.ts'
import { callProblem, isStateChanging } from './origins.ts'

/** Characters of a foreign host name that an answer repeats. */
const SHOWN_HOST_CHARS = 100

export class AccessControl {
  #rules: ClientRules = clientRules(undefined)
  #allowedHosts: readonly string[] = []
  /** By socket: an address does not change, and Immich sends thousands of requests over one connection. */
  #verdicts = new WeakMap<Socket, ClientVerdict>()

  /** Puts the rules of a configuration in force, for open connections too. */
  apply(security: SecurityConfig | undefined): void {
    this.#rules = clientRules(security?.allowedClients)
    this.#allowedHosts = security?.allowedHosts ?? []
    this.#verdicts = new WeakMap()
  }

  /** What a client may do by the address of its socket. */
  verdictOf(socket: Socket): ClientVerdict {
    const known = this.#verdicts.get(socket)
    if (known !== undefined) return known
    const verdict = judgeClient(socket.remoteAddress, this.#rules)
    this.#verdicts.set(socket, verdict)
    return verdict
  }

  /** Why a client may not use `/ping` and `/predict`, or undefined when it may. */
  inferenceRefusal(socket: Socket): AppError | undefined {
    if (this.verdictOf(socket).infer) return undefined
    return new AppError(
      'CLIENT_REFUSED',
      403,
      `Clients at ${socket.remoteAddress ?? 'this address'} may not use this proxy; add the address to security.allowedClients`,
    )
  }

  /** Why a request may not see a view or call the management API, or undefined when it may. */
  managementRefusal(request: IncomingMessage): AppError | undefined {
    if (!this.verdictOf(request.socket).manage) {
      return new AppError(
        'CLIENT_REFUSED',
        403,
        'This page is for the home network only; open it from a machine with a private address, or through a VPN',
      )
    }
    const { host } = request.headers
    if ((request.headersDistinct['host']?.length ?? 0) > 1) {
      // Node keeps the first one; whoever stands in front may have looked at another.
      return new AppError('TWO_HOSTS', 400, 'The request has more than one Host header; send one')
    }
    if (!isAllowedHost(host, this.#allowedHosts)) {
      const shown = JSON.stringify((host ?? '').slice(0, SHOWN_HOST_CHARS))
      return new AppError(
        'HOST_REFUSED',
        403,
        `The proxy does not answer to the name ${shown}; open it by its IP address, or add the name to security.allowedHosts`,
      )
    }
    if (!isStateChanging(request.method)) return undefined
    const problem = callProblem(request.headers)
    return problem === undefined ? undefined : new AppError('CALL_REFUSED', 403, problem)
  }
}
