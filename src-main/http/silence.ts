/** Detects a client that has stopped sending. */
import type { Socket } from 'node:net'

/**
 * Calls back once when no byte has arrived on a socket for `idleMs` milliseconds, at the latest after twice that. The
 * socket's own timer is not used: Node's HTTP server has it, for the keep-alive time.
 * @returns a function that stops watching
 */
export function whenSilent(socket: Socket, idleMs: number, onSilent: () => void): () => void {
  let seen = socket.bytesRead
  const timer = setInterval(() => {
    const { bytesRead } = socket
    if (bytesRead !== seen) {
      seen = bytesRead
      return
    }
    clearInterval(timer)
    onSilent()
  }, idleMs)
  return () => clearInterval(timer)
}
