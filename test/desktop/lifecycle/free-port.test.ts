import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { nextFreePort } from '../../../src-main/desktop/lifecycle/free-port.ts'
import { listening } from '../../support/listening.ts'

test('the next free port is one that nobody listens on', async () => {
  const server = createServer()
  const taken = await listening(server)
  try {
    // Where the system gave the very last port there is no next one, only another.
    const next = await nextFreePort(taken - 1, '127.0.0.1')
    expect(next).not.toBe(taken)
    expect(next).toBeGreaterThan(1_023)
    expect(await nextFreePort(65_535, '127.0.0.1')).toBeGreaterThan(1_023)
    // TEST-NET-1: an address of documents, which no machine has.
    expect(await nextFreePort(taken, '192.0.2.1')).toBeUndefined()
  } finally {
    server.close()
  }
})
