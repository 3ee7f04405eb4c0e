/** Ports that clients refuse to speak HTTP to. Pure, browser-safe. */
import { DEFAULT_PORT } from '../limits.ts'

/**
 * The "bad ports" of the Fetch standard (https://fetch.spec.whatwg.org/#port-blocking), which belong to other protocols.
 * Immich's client is Node's `fetch`: it sends nothing there and logs `fetch failed`. Browsers refuse them as well.
 */
const BAD_PORTS = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])

/** Why Immich could not use a port to listen on, as the end of a sentence; undefined where it could. */
export function portProblem(port: number): string | undefined {
  if (!BAD_PORTS.has(port)) return undefined
  return `${port} is refused by Immich and by browsers, since it belongs to another protocol; take for example ${DEFAULT_PORT}`
}
