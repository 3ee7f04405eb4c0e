/**
 * Calls that use what is an admin's power elsewhere, as over Immich's queues, or that reach programs of this computer. The
 * management API is open to the home network while no password is set; these calls are not. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { parseAddress } from '../../../src-shared/config/ranges.ts'
import { hostName } from './hosts.ts'

/** What programs add that hand a request on; the last one is of nginx's usual examples, the one before of RFC 9110 7.6.3. */
const FORWARDING = new Set(['forwarded', 'via', 'x-real-ip'])

/**
 * Whether a client says that another program has handed the request on: behind a reverse proxy every client has a
 * loopback address.
 */
function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => FORWARDING.has(name) || name.startsWith('x-forwarded-'))
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = hostName(host)
  return name === 'localhost' || parseAddress(name)?.range() === 'loopback'
}

/**
 * Whether a request was made on this computer itself.
 * @param remoteAddress of its socket
 */
export function isLocalCall(remoteAddress: string | undefined, headers: IncomingHttpHeaders): boolean {
  const isFromHere = parseAddress(remoteAddress)?.range() === 'loopback'
  return isFromHere && isLoopbackHost(headers.host) && !isForwarded(headers)
}
