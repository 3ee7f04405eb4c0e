/** Wake-on-LAN: makes the magic packet, finds its targets, and sends it. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { NetworkInterfaceInfo } from 'node:os'
import type { WakeConfig } from '../../src-shared/config/schema.ts'
import { broadcastProblem } from '../../src-shared/config/wake-schema.ts'
import { AppError, errorCode, errorText } from '../platform/errors.ts'
import { MAGIC_PACKETS_AT_ONCE, WAKE_PORT } from './limits.ts'

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** Bytes of a MAC address, and how often a magic packet repeats it. */
const MAC_BYTES = 6
const REPEATS = 16
/** Prefixes this long or longer have no broadcast address: tunnels and point-to-point links. */
const FIRST_PREFIX_WITHOUT_BROADCAST = 31

/**
 * The magic packet: six bytes ff, then the MAC address 16 times (AMD, Magic Packet Technology, 1995).
 * @param mac as the schema takes it: six pairs of hexadecimal digits
 */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex')
  return Buffer.concat([Buffer.alloc(MAC_BYTES, 0xff), ...Array.from({ length: REPEATS }, () => address)])
}

const bytesOf = (address: string): number[] => address.split('.').map(Number)

function broadcastOf({ address, netmask }: NetworkInterfaceInfo): string {
  const mask = bytesOf(netmask)
  return bytesOf(address)
    .map((byte, index) => byte | (~(mask[index] ?? 255) & 255))
    .join('.')
}

const prefixOf = ({ cidr }: NetworkInterfaceInfo): number => Number(cidr?.split('/')[1] ?? 32)

/**
 * Where magic packets go: to the address that is set, else to the broadcast address of each of this computer's own
 * networks. A network of public addresses is left out: its other machines are not the user's.
 */
export function wakeTargets(wake: WakeConfig, interfaces: Interfaces): string[] {
  if (wake.broadcast !== undefined) return [wake.broadcast]
  const own = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((info) => info.family === 'IPv4' && !info.internal)
    .filter((info) => prefixOf(info) < FIRST_PREFIX_WITHOUT_BROADCAST)
    .map(broadcastOf)
    .filter((address) => broadcastProblem(address) === undefined)
  return [...new Set(own)]
}

const NOT_PERMITTED =
  'this computer or container does not let this program send broadcasts; allow them in the firewall, or give the container the host’s network'
const NO_NETWORK =
  'no network leads there; set wake.broadcast to the broadcast address of the backend’s network'

const SEND_REASONS: Readonly<Record<string, string>> = {
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  ENETUNREACH: NO_NETWORK,
  EHOSTUNREACH: NO_NETWORK,
  EADDRNOTAVAIL: NO_NETWORK,
  ENETDOWN: 'the network is down',
}

function wakeError(reason: string): AppError {
  return new AppError('WAKE_FAILED', 502, `No magic packet could be sent: ${reason}`)
}

/** Why a send failed, in words a user understands. */
export function sendReason(error: unknown): string {
  return SEND_REASONS[errorCode(error) ?? ''] ?? errorText(error)
}

function sendOne(socket: Socket, packet: Buffer, port: number, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, port, target, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}

/** Makes the sockets; replaced in tests, which cannot take the right to broadcast away. */
export type OpenSocket = () => Socket

const openSocket: OpenSocket = () => createSocket('udp4')

/**
 * Sends the magic packet {@link MAGIC_PACKETS_AT_ONCE} times to each target. UDP reports no loss, so success only means
 * that the packets were sent.
 * @throws {AppError} WAKE_FAILED where none left: no target, no right to broadcast, no route
 */
export async function sendMagicPackets(
  wake: WakeConfig,
  targets: readonly string[],
  open: OpenSocket = openSocket,
): Promise<void> {
  if (targets.length === 0) throw wakeError(NO_NETWORK)
  const packet = magicPacket(wake.mac)
  const socket = open()
  let socketError: unknown
  socket.on('error', (error) => (socketError = error))
  try {
    socket.bind(0)
    await once(socket, 'listening')
    socket.setBroadcast(true)
    const sends = targets.flatMap((target) =>
      Array.from({ length: MAGIC_PACKETS_AT_ONCE }, () =>
        sendOne(socket, packet, wake.port ?? WAKE_PORT, target),
      ),
    )
    const results = await Promise.allSettled(sends)
    const failed = results.filter((result) => result.status === 'rejected')
    if (failed.length === results.length) throw wakeError(sendReason(failed[0]?.reason))
    if (socketError !== undefined) throw wakeError(sendReason(socketError))
  } catch (error) {
    throw error instanceof AppError ? error : wakeError(sendReason(error))
  } finally {
    socket.close()
  }
}
