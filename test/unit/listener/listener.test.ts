import { describe, expect, test } from 'vitest'
import { REQUEST_TIMEOUT_MS } from '../../../src-shared/limits.ts'
import { AppError } from '../../../src-main/platform/errors.ts'
import type { ListenAddress, ListeningServer } from '../../../src-main/listener/server.ts'
import { Listener } from '../../../src-main/listener/listener.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'

/** A network without sockets: which addresses are open, and with which graces each was closed. */
class FakeNetwork {
  readonly open: string[] = []
  readonly graces: Record<string, number[]> = {}
  /** Hosts of other machines. */
  readonly foreign = new Set<string>()
  /** Ports that another program takes as soon as they are free. */
  readonly grabbed = new Set<number>()

  listen(address: ListenAddress): Promise<ListeningServer> {
    const name = `${address.host}:${address.port}`
    const isTaken = this.open.some((other) => other.endsWith(`:${address.port}`))
    if (isTaken || this.grabbed.has(address.port)) {
      return Promise.reject(new AppError('PORT_TAKEN', 409, 'taken'))
    }
    if (this.foreign.has(address.host)) return Promise.reject(new AppError('HOST_UNKNOWN', 409, 'not ours'))
    this.open.push(name)
    const graces = (this.graces[name] ??= [])
    return Promise.resolve({
      address,
      foreignListenerAnswers: () => Promise.resolve(false),
      close: (graceMs) => {
        graces.push(graceMs)
        const at = this.open.indexOf(name)
        if (at !== -1) this.open.splice(at, 1)
        return Promise.resolve()
      },
    })
  }
}

const address = (port: number, host = 'a'): ListenAddress => ({ host, port })

async function startAt(first: ListenAddress) {
  const network = new FakeNetwork()
  const moves: ListenAddress[] = []
  const listener = new Listener({
    open: (wanted) => network.listen(wanted),
    log: silentLogger(),
  })
  listener.on('moved', (to) => moves.push(to))
  await listener.start(first)
  return { network, moves, listener }
}

test('what is moved away from has the time that its requests may take; a stop shortens it', async () => {
  const { network, listener, moves } = await startAt(address(1))
  const move = await listener.prepare(address(2))
  expect(network.open).toEqual(['a:1', 'a:2'])
  move?.commit()
  expect([network.open, moves]).toEqual([['a:2'], [address(2)]])
  expect(network.graces['a:1']).toEqual([REQUEST_TIMEOUT_MS])
  expect(await listener.prepare(address(2))).toBeUndefined()
})

test('moves prepared side by side leave one listener, the last that was committed', async () => {
  const { network, listener } = await startAt(address(1))
  const moves = [await listener.prepare(address(2)), await listener.prepare(address(3))]
  for (const move of moves) move?.commit()
  expect([network.open, listener.address]).toEqual([['a:3'], address(3)])
})

describe('after the end', () => {
  test('a move that was prepared before is not made', async () => {
    const { network, listener, moves } = await startAt(address(1))
    const move = await listener.prepare(address(2))
    await listener.close(5)
    move?.commit()
    expect([network.open, moves, listener.address]).toEqual([[], [], undefined])
  })

  test('no other is prepared, and the old address is not taken back', async () => {
    const { network, listener } = await startAt(address(1))
    const move = await listener.prepare(address(1, 'b'))
    await listener.close(5)
    await move?.rollback()
    expect(await listener.prepare(address(2))).toBeUndefined()
    expect(network.open).toEqual([])
  })

  test('a start that was under way ends as well', async () => {
    const network = new FakeNetwork()
    const listener = new Listener({
      open: (wanted) => network.listen(wanted),
      log: silentLogger(),
    })
    const started = listener.start(address(1))
    await listener.close(5)
    await started
    expect([network.open, listener.address]).toEqual([[], undefined])
  })
})

describe('another host on the same port', () => {
  test('the old one comes back where the new one cannot be had or is not wanted any more', async () => {
    const { network, listener, moves } = await startAt(address(1))
    network.foreign.add('b')
    await expect(listener.prepare(address(1, 'b'))).rejects.toMatchObject({ code: 'HOST_UNKNOWN' })
    expect([network.open, listener.address]).toEqual([['a:1'], address(1)])
    const move = await listener.prepare(address(1, 'c'))
    await move?.rollback()
    expect([network.open, listener.address, moves]).toEqual([['a:1'], address(1), []])
  })

  test('an old one that is lost on the way is told, and the next address is taken', async () => {
    const { network, listener, moves } = await startAt(address(1))
    const move = await listener.prepare(address(1, 'b'))
    network.grabbed.add(1)
    await expect(move?.rollback()).rejects.toMatchObject({ code: 'ADDRESS_LOST' })
    expect([network.open, listener.address, listener.lost]).toEqual([[], undefined, true])
    await expect(listener.prepare(address(1))).rejects.toMatchObject({ code: 'PORT_TAKEN' })
    ;(await listener.prepare(address(2)))?.commit()
    expect([network.open, listener.address, moves]).toEqual([['a:2'], address(2), [address(2)]])
  })
})
