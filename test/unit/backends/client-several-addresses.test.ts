/** Names with several addresses, over real sockets: all of 127.0.0.0/8 is this computer, but on macOS. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BackendClient } from '../../../src-main/backends/client.ts'
import { nameAddresses } from '../../support/names.ts'

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4']

describe.skipIf(process.platform === 'darwin')('a name with three addresses', () => {
  let servers: Server[] = []
  let client: BackendClient
  let endNames: () => void
  /** Requests that each server got. */
  let counts: number[] = []

  beforeEach(async () => {
    counts = ADDRESSES.map(() => 0)
    servers = ADDRESSES.map((_, index) =>
      createServer((_request, response) => {
        counts[index] = (counts[index] ?? 0) + 1
        response.setHeader('connection', 'close').end('pong')
      }),
    )
    let port = 0
    for (const [index, server] of servers.entries()) {
      server.listen(port, ADDRESSES[index])
      await once(server, 'listening')
      ;({ port } = server.address() as AddressInfo)
    }
    endNames = nameAddresses('farm.test', ADDRESSES)
    client = new BackendClient({ name: 'farm', url: `http://farm.test:${port}` })
  })
  afterEach(async () => {
    endNames()
    await client.destroy()
    for (const server of servers) server.close()
  })

  const ask = async (count: number): Promise<number[]> => {
    const statuses: number[] = []
    for (let index = 0; index < count; index++) {
      const { status } = await client.send({ method: 'GET', path: '/ping', headers: [], timeoutMs: 60_000 })
      statuses.push(status)
    }
    return statuses
  }

  test('spreads its connections over them', async () => {
    expect(new Set(await ask(60))).toEqual(new Set([200]))
    expect(counts).toEqual([20, 20, 20])
  })

  test('of which one refuses is served by the others, each request at once', async () => {
    servers[0]?.close()
    expect(new Set(await ask(60))).toEqual(new Set([200]))
    expect(counts[0]).toBe(0)
    expect([counts[1], counts[2]].sort()).toEqual([30, 30])
  })

  test('that all refuse says so', async () => {
    for (const server of servers) server.close()
    await expect(ask(1)).rejects.toMatchObject({ kind: 'connect', message: 'connection refused' })
  })
})
