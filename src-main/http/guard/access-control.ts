/**
 * Access control: which requests are answered, by the client's address, by the `Host` header, and by the origin of
 * calls that change something. It applies to every request, whether a password is set or not.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { AppError } from '../../platform/errors.ts'
import type { SecurityConfig } from '../../../src-shared/config/schema.ts'
import { INTERFACES_READ_EVERY_MS } from '../limits.ts'
import {
  clientRules,
  homeNetworks,
  judgeClient,
  type ClientRules,
  type ClientVerdict,
  type HomeNetworks,
} from './addresses.ts'
import { isAllowedHost } from './hosts.ts'
import { callProblem, isStateChanging, readProblem } from './origins.ts'

/** Characters of a refused `Host` header that the answer repeats. */
const SHOWN_HOST_CHARS = 100

/**
 * Owns the rules in force and the verdict on each open connection. Judges only: the guard and the listener of
 * predictions send the refusals.
 */
export class AccessControl {
  #rules: ClientRules = clientRules(undefined)
  #allowedHosts: readonly string[] = []
  /** Verdicts by socket. Immich sends thousands of requests over one connection, whose address does not change. */
  #verdicts = new WeakMap<Socket, ClientVerdict>()
  #networks: HomeNetworks = new Set()
  /** When {@link #networks} was read, on the monotonic clock in milliseconds. */
  #networksReadAt = -Infinity

  /** Puts the rules of a configuration in force, for connections that are open already too. */
  apply(security: SecurityConfig | undefined): void {
    this.#rules = clientRules(security?.allowedClients)
    this.#allowedHosts = security?.allowedHosts ?? []
    this.#verdicts = new WeakMap()
  }

  /** What a client may do, by the address of its socket. */
  verdictOf(socket: Socket): ClientVerdict {
    const known = this.#verdicts.get(socket)
    if (known !== undefined) return known
    const verdict = judgeClient(socket.remoteAddress, this.#rules, this.#homeNetworks)
    this.#verdicts.set(socket, verdict)
    return verdict
  }

  /**
   * Judges a request to `/ping` or `/predict`.
   * @returns CLIENT_REFUSED (403), or undefined where the client may
   */
  inferenceRefusal(socket: Socket): AppError | undefined {
    if (this.verdictOf(socket).infer) return undefined
    return new AppError(
      'CLIENT_REFUSED',
      403,
      `Clients at ${socket.remoteAddress ?? 'this address'} may not use this proxy; add the address to security.allowedClients`,
    )
  }

  /**
   * Judges a request to a page or the management API.
   * @param request with its whole path
   * @returns CLIENT_REFUSED, HOST_REFUSED or CALL_REFUSED (403), TWO_HOSTS (400), or undefined where it may
   */
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
      // Node reads the first one; a proxy in front may have judged another one.
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
    const problem = isStateChanging(request.method) ? callProblem(request.headers) : readProblem(request)
    return problem === undefined ? undefined : new AppError('CALL_REFUSED', 403, problem)
  }

  /**
   * The public IPv6 networks of this machine's links. Read anew after INTERFACES_READ_EVERY_MS: providers change the
   * prefix, laptops change the network, and Node has no event for either.
   */
  readonly #homeNetworks = (): HomeNetworks => {
    const now = performance.now()
    if (now - this.#networksReadAt >= INTERFACES_READ_EVERY_MS) {
      this.#networks = homeNetworks(networkInterfaces())
      this.#networksReadAt = now
    }
    return this.#networks
  }
}
