/** Notices that a backend takes no more of a request. */
import { WRITE_CHECK_MS, WRITE_STALL_MS } from './limits.ts'
import type { Opened } from './connector.ts'

/**
 * Bytes of the write that is under way which the system has not taken yet; undefined where Node does not tell. None of its
 * public figures says so: they change when a write is done, and a photo can be one.
 */
function unsentBytes({ tcp }: Opened): number | undefined {
  const { _handle: handle } = tcp as typeof tcp & { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize
}

/**
 * Watches the writing of a request that has just begun. What the system has taken is out of sight, whether the backend
 * has it or not: a request of less than some 45 KB is never noticed.
 * @param onStall called once, when the system has taken no byte of it for WRITE_STALL_MS
 * @returns ends it
 */
export function watchWriting(opened: Opened, onStall: () => void): () => void {
  let unsent: number | undefined
  let unwritten = 0
  let since = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const left = unsentBytes(opened)
    const { writableLength } = opened.socket
    if (writableLength === 0 || left === undefined) {
      clearInterval(timer)
    } else if (left !== unsent || writableLength !== unwritten) {
      unsent = left
      unwritten = writableLength
      since = now
    } else if (now - since >= WRITE_STALL_MS) {
      clearInterval(timer)
      onStall()
    }
  }, WRITE_CHECK_MS)
  return () => clearInterval(timer)
}
