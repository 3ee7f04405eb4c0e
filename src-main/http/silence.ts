/** Notices a sender that has gone silent. */
import type { Socket } from 'node:net'

/**
 * Calls back once when no byte has come for `idleMs`, at the latest after twice that; returns the way to stop.
 * The socket's own timer is Node's: it closes connections that are kept alive, and has only one user.
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
