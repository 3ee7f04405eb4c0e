/**
 * Frees the memory of received bytes at once, without the garbage collector.
 *
 * Node hands over each 64 KB of a photo in memory of its own outside of the JavaScript heap. Left to the collector,
 * eight such chunks per photo pile up until V8 runs short of memory: it then collects the old generation many times a
 * second, and each new chunk comes in memory that no cache holds. Freed as soon as it was copied, the next chunk comes
 * in the same memory. Of eight photos at once each took 350 µs of CPU time with it and 830 without, and the process peaked
 * at 95 instead of 149 MB. The price is a call per chunk and a feature of V8 that Node 20 has only behind a flag; where V8
 * lacks it the collector frees the chunks.
 */
import { v8Function } from '../../platform/v8-function.ts'

/** `ArrayBuffer.prototype.transfer` of ES2024: moves the memory into a new buffer of so many bytes. */
type Transfer = (this: ArrayBufferLike, length: number) => ArrayBufferLike

/** Node 20 has it behind a flag, as it became a default of V8 right after; newer Node and Electron have it anyway. */
function findTransfer(): Transfer | undefined {
  const own: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer')
  const found = own ?? v8Function('--harmony-rab-gsab-transfer', 'ArrayBuffer.prototype.transfer')
  return typeof found === 'function' ? (found as Transfer) : undefined
}

/** Looked up with the first photo: the start has no time for it. A property of V8, the same for all services. */
let transfer: { readonly call: Transfer | undefined } | undefined

/**
 * Frees the memory of bytes that are not used any more; their length is 0 afterwards. Does nothing to bytes that share
 * their memory with others, and nothing where V8 cannot do it. Never throws: no request may fail for it.
 */
export function freeMemory(bytes: Buffer): void {
  const { buffer } = bytes
  if (bytes.length === 0 || bytes.length !== buffer.byteLength) return
  try {
    transfer ??= { call: findTransfer() }
    transfer.call?.call(buffer, 0)
  } catch {
    // This memory cannot be taken away, as WebAssembly's, or V8 has no such function: the collector frees it.
    transfer ??= { call: undefined }
  }
}
