/** A network card on loopback that listens for its magic packets. They go to 127.255.255.255 alone. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { WakeConfig } from '../../src-shared/config/schema.ts'

const MAC = '02:00:00:00:00:05'
const BROADCAST = '127.255.255.255'

export class MagicCard {
  readonly #socket: Socket
  /** The packets that came. */
  received = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', () => this.received++)
  }

  /** Listens; Linux alone lets a socket be bound to the broadcast address of loopback. */
  static async listen(): Promise<MagicCard> {
    const socket = createSocket('udp4')
    socket.bind(0, BROADCAST)
    await once(socket, 'listening')
    return new MagicCard(socket)
  }

  /** The settings by which a backend is woken with it. */
  get wake(): WakeConfig {
    return { mac: MAC, broadcast: BROADCAST, port: this.#socket.address().port }
  }

  /** Does something at the first packet. */
  onPacket(action: () => void): void {
    this.#socket.once('message', action)
  }

  close(): void {
    this.#socket.close()
  }
}
