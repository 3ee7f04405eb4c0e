/**
 * Functions of V8 that stand behind one of its flags. They are all that this program changes of V8, in Node and in
 * Electron alike: `gc` (app/trim-after-work.ts) and `ArrayBuffer.prototype.transfer` (predict/memory/free-memory.ts).
 *
 * The size of the young generation is left to V8. Kept at its first size, by `--semi-space-growth-factor=1`, it saved
 * memory and no time: the peak under load was 10 to 40 MB lower (94 against 104 MB with eight images at once, 86 against
 * 111 with texts, 135 against 162 with images in debug mode), the CPU time of a request the same but for noise, and a
 * minute after 64 images at once both were where they had begun, as a trim releases that memory. No target needs it,
 * and whether the V8 of an Electron knows the flag can only be tried with that Electron.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * A function that V8 only gives to contexts made after a flag was set: taken from a new context, as ours is older. Making
 * one takes some 2 ms and 0.6 MB.
 * @param expression names the function there
 * @throws {Error} ReferenceError or TypeError of the new context where this V8 has no such function
 */
export function v8Function(flag: string, expression: string): unknown {
  setFlagsFromString(flag)
  return runInNewContext(expression)
}
