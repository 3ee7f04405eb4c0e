/**
 * Frees the memory of received bytes at once.
 *
 * Node hands each 64 KB of a photo over in memory of its own, outside of the JavaScript heap. Left to the garbage
 * collector it piles up until V8 feels short of memory: some processes then collected the old generation twenty times a
 * second, and each piece came in memory that the processor had not seen for a while. Freed as soon as it is copied, the
 * next piece comes in the same, still warm memory: a photo takes half of the CPU time.
 */
import { v8Function } from '../../platform/v8-function.ts'

/** `ArrayBuffer.prototype.transfer` of ES2024: the memory goes to a new buffer of so many bytes. */
type Transfer = (this: ArrayBufferLike, length: number) => ArrayBufferLike

/** Node 20 has it behind a flag of V8, as its last step before it became the default; Electron has it anyway. */
function findTransfer(): Transfer | undefined {
  const expression = 'ArrayBuffer.prototype.transfer'
  const own: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer')
  const found = own ?? v8Function('--harmony-rab-gsab-transfer', expression)
  return typeof found === 'function' ? (found as Transfer) : undefined
}

let transfer: { readonly call: Transfer | undefined } | undefined

/**
 * Frees the memory of bytes that nobody needs any more; their length is 0 afterwards. Bytes that share their memory
 * with others are left alone, as is everything where V8 cannot do it.
 */
export function freeMemory(bytes: Buffer): void {
  const { buffer } = bytes
  if (bytes.length === 0 || bytes.length !== buffer.byteLength) return
  try {
    // Found with the first photo: the start has no time for it.
    transfer ??= { call: findTransfer() }
    transfer.call?.call(buffer, 0)
  } catch {
    // Memory that may not be taken away, as WebAssembly's: it stays, and no request may fail for that.
    transfer ??= { call: undefined }
  }
}
