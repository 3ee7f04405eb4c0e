/**
 * Looks host names up in a process of its own, which is started with more threads than ours has (`lookups.ts` says
 * why). Runs in Node and in Electron's utility process; imports nothing of ours, so that it starts quickly.
 */
import dns from 'node:dns'
import type { LookupAnswer, LookupQuestion } from './lookup-child.ts'

/** Electron's utility process speaks by a port (`process.parentPort`), Node's child by the process itself. */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  postMessage(message: unknown): void
}

const parentPort = process.parentPort as ParentPort | undefined

function tell(answer: LookupAnswer): void {
  // Where the program has ended, nobody needs the answer, and this process ends too.
  if (parentPort === undefined) process.send?.(answer, undefined, undefined, () => undefined)
  else parentPort.postMessage(answer)
}

function answer(message: unknown): void {
  const { id, name } = message as LookupQuestion
  dns.lookup(name, { all: true, verbatim: true }, (error, addresses) => {
    tell(error === null ? { id, addresses } : { id, code: error.code ?? '', message: error.message })
  })
}

if (parentPort === undefined) process.on('message', answer)
else parentPort.on('message', ({ data }) => answer(data))
// The program has ended, or was killed.
process.on('disconnect', () => process.exit())
