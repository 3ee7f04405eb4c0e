import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { BackendLoad, type End, type Running } from '../../../../src-main/predict/schedule/backend-load.ts'
import { OVERDUE_AFTER_MS } from '../../../../src-main/predict/schedule/limits.ts'
import { Scheduler, type Ask, type Waiter } from '../../../../src-main/predict/schedule/scheduler.ts'
import type { HealthStatus } from '../../../../src-shared/api.ts'
import { SHARES, type Share } from '../../../../src-shared/config/pool-schema.ts'
import type { SharedTier } from '../../../../src-shared/routing/tiers.ts'

interface Home {
  scheduler: Scheduler
  loads: Map<string, BackendLoad>
  statuses: Map<string, HealthStatus>
  now: number
  order: number
}

let home: Home

/** Backends that have answered before, with so many slots each. */
function build(slots: Readonly<Record<string, number>>): void {
  const loads = new Map<string, BackendLoad>()
  const statuses = new Map<string, HealthStatus>()
  for (const [name, count] of Object.entries(slots)) {
    const load = new BackendLoad(0, count)
    for (let at = 0; load.limit(at) < count; at += 1) {
      load.end(load.begin({ work: 'clip/visual', isText: false, route: 'default' }, at), 'success', at)
    }
    loads.set(name, load)
    statuses.set(name, 'healthy')
  }
  home = { scheduler: new Scheduler(), loads, statuses, now: 100, order: 1 }
}

function ask(kind: 'image' | 'text', pool: readonly string[], share: Share = 'round-robin'): Ask {
  const tiers: SharedTier[] = [{ key: `pool:${pool.join('+')}`, pool, share }]
  return {
    tiers,
    tried: new Set(),
    isText: kind === 'text',
    work: kind === 'text' ? 'clip/textual' : 'clip/visual',
    order: home.order++,
    candidate: (name) => {
      const load = home.loads.get(name)
      return load && { load, status: home.statuses.get(name) ?? 'unknown' }
    },
  }
}

/** A request that keeps what it was granted. */
class Client {
  readonly ask: Ask
  granted: Running | 'none' | undefined
  waiter: Waiter | undefined
  since: number

  constructor(of: Ask) {
    this.ask = of
    this.since = home.now
    this.granted = home.scheduler.take(of, home.now)
    if (this.granted !== undefined) return
    this.waiter = home.scheduler.wait(of, home.now, (granted) => {
      expect(this.granted).toBeUndefined()
      this.granted = granted
    })
  }

  get isRunning(): boolean {
    return this.granted !== undefined && this.granted !== 'none'
  }

  end(how: End = 'success'): void {
    if (this.granted === undefined || this.granted === 'none') throw new Error('It does not run')
    home.scheduler.end(this.granted, how, home.now)
  }
}

const image = (pool = ['gpu'], share?: Share): Client => new Client(ask('image', pool, share))
const text = (pool = ['gpu'], share?: Share): Client => new Client(ask('text', pool, share))

beforeEach(() => build({ gpu: 1 }))

describe('who waits', () => {
  test('gets the slot that becomes free, a text before images, each in the order of arrival', () => {
    const first = image()
    const [a, b] = [image(), image()]
    const [s, t] = [text(), text()]
    const order: Client[] = []
    let last = first
    for (let index = 0; index < 4; index++) {
      last.end()
      const next = [a, b, s, t].find((each) => each.isRunning && !order.includes(each))
      if (next === undefined) throw new Error('Nobody was let in')
      order.push(next)
      last = next
    }
    expect(order).toEqual([s, t, a, b])
  })

  test('is told when nobody is left to be tried', () => {
    image()
    const waiting = image()
    home.loads.clear()
    home.scheduler.serve(home.now)
    expect(waiting.granted).toBe('none')
    expect(home.scheduler.waiting).toBe(0)
  })

  test('may leave, and gets nothing then', () => {
    const first = image()
    const gone = image()
    home.scheduler.leave(gone.waiter as Waiter)
    first.end()
    expect(gone.granted).toBeUndefined()
    expect(image().isRunning).toBe(true)
  })

  test('moves to another backend when health changes', () => {
    build({ gpu: 1, nas: 1 })
    home.statuses.set('nas', 'unhealthy')
    image(['gpu', 'nas'])
    const waiting = image(['gpu', 'nas'])
    expect(waiting.isRunning).toBe(false)
    home.statuses.set('nas', 'healthy')
    home.scheduler.serve(home.now)
    expect(waiting.granted).toHaveProperty('load', home.loads.get('nas'))
  })

  test('is counted for each backend that may take it', () => {
    build({ gpu: 1, nas: 1 })
    image(['gpu'])
    image(['nas'])
    image(['gpu'])
    image(['gpu', 'nas'])
    expect(home.scheduler.waitingFor('gpu')).toBe(2)
    expect(home.scheduler.waitingFor('nas')).toBe(1)
    expect(home.scheduler.waitingFor('other')).toBe(0)
  })

  test('keeps its position in the queue when it asks again after a failure', () => {
    build({ gpu: 1, nas: 1 })
    const failed = image(['gpu', 'nas'])
    const other = image(['gpu', 'nas'])
    const later = image(['gpu', 'nas'])
    failed.end('failure')
    expect(later.isRunning).toBe(true)
    const behind = image(['nas'])
    const retry = new Client({ ...failed.ask, tried: new Set(['gpu']) })
    other.end()
    expect(retry.isRunning).toBe(true)
    expect(behind.isRunning).toBe(false)
  })
})

describe('a pool that is shared by speed', () => {
  /** Images that come at once to a machine of 30 ms and one of 400 ms, both known: how many go to the slow one. */
  function onSlow(count: number): number {
    build({ gpu: 1, nas: 1 })
    for (const [name, ms] of [
      ['gpu', 30],
      ['nas', 400],
    ] as const) {
      const load = home.loads.get(name)
      for (let index = 0; index < 20; index++) {
        const running = load?.begin({ work: 'clip/visual', isText: false, route: 'default' }, home.now)
        home.now += ms
        if (running !== undefined) load?.end(running, 'success', home.now)
      }
    }
    home.now += 60_000
    for (let index = 0; index < count; index++) image(['gpu', 'nas'], 'by-speed')
    return home.loads.get('nas')?.inFlight ?? 0
  }

  test('gives an image to the slow one when those that wait before it keep the fast one busy for as long', () => {
    expect(onSlow(10)).toBe(0)
    expect(onSlow(20)).toBe(1)
  })
})

describe('an image that waited for 2 s', () => {
  test('gets every fourth slot, however many texts come', () => {
    const clients = Array.from({ length: 6 }, () => image())
    clients.push(text(), text())
    let order = ''
    for (let count = 0; count < 20; count++) {
      const running = clients.find((each) => each.isRunning)
      if (running === undefined) throw new Error('Nobody was let in')
      order += running.ask.isText ? 't' : 'i'
      clients.splice(clients.indexOf(running), 1)
      clients.push(text())
      home.now += 500
      running.end()
    }
    expect(order).toBe(`i${'ttti'.repeat(4)}ttt`)
  })

  test('does not before', () => {
    const first = image()
    const waiting = image()
    const search = text()
    home.now += OVERDUE_AFTER_MS - 1
    first.end()
    expect(search.isRunning).toBe(true)
    expect(waiting.isRunning).toBe(false)
  })

  test('is not overtaken by a text that comes just then', () => {
    build({ gpu: 1, nas: 1 })
    home.statuses.set('nas', 'unhealthy')
    let running = image()
    const waiting = image()
    for (let count = 0; count < 3; count++) {
      const search = text()
      home.now += 1_000
      running.end()
      running = search
    }
    expect(waiting.isRunning).toBe(false)
    running.end()
    expect(waiting.isRunning).toBe(true)
  })
})

type Step =
  | { kind: 'come'; isText: boolean; pool: number }
  | { kind: 'end'; at: number; how: End }
  | { kind: 'leave'; at: number }
  | { kind: 'health'; at: number; status: HealthStatus }
  | { kind: 'pass'; ms: number }

const POOLS = [['a'], ['a', 'b'], ['b', 'a', 'c'], ['c']]
const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('come' as const), isText: fc.boolean(), pool: fc.nat(3) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        at: fc.nat(50),
        how: fc.constantFrom<End>('success', 'success', 'failure', 'overload', 'cancelled'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), at: fc.nat(50) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('health' as const),
        at: fc.nat(2),
        status: fc.constantFrom<HealthStatus>('healthy', 'unhealthy', 'unknown'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(1_500) }) },
  ),
  { maxLength: 120, size: 'max' },
)

/** Does one step. */
function act(step: Step, clients: Client[], share: Share): void {
  const of = (test: (client: Client) => boolean, at: number): Client | undefined => {
    const those = clients.filter(test)
    return those[at % Math.max(1, those.length)]
  }
  switch (step.kind) {
    case 'come':
      clients.push(new Client(ask(step.isText ? 'text' : 'image', POOLS[step.pool] ?? [], share)))
      return
    case 'end': {
      const client = of((each) => each.isRunning, step.at)
      if (client === undefined) return
      clients.splice(clients.indexOf(client), 1)
      client.end(step.how)
      return
    }
    case 'leave': {
      const client = of((each) => each.granted === undefined, step.at)
      if (client?.waiter === undefined) return
      clients.splice(clients.indexOf(client), 1)
      home.scheduler.leave(client.waiter)
      return
    }
    case 'health': {
      const name = [...home.loads.keys()][step.at] ?? ''
      if (home.statuses.get(name) !== 'healthy' && step.status === 'healthy') home.loads.get(name)?.cameBack()
      home.statuses.set(name, step.status)
      home.scheduler.serve(home.now)
      return
    }
    case 'pass':
      home.now += step.ms
      home.scheduler.serve(home.now)
  }
}

const isFree = (name: string): boolean => {
  const load = home.loads.get(name)
  return load !== undefined && load.inFlight < load.limit(home.now)
}

/** The backends that a request may go to now. */
function eligible({ tiers }: Ask): string[] {
  const pool = tiers.flatMap((tier) => tier.pool)
  const live = pool.filter((name) => home.statuses.get(name) !== 'unhealthy')
  return live.length > 0 ? live : pool
}

describe('whatever happens', () => {
  test.each(SHARES)(
    'each slot is counted, each waiter answered once, and the counts go back to 0 (%s)',
    (share) => {
      fc.assert(
        fc.property(steps, (all) => {
          build({ a: 1, b: 2, c: 3 })
          const clients: Client[] = []
          for (const step of all) {
            act(step, clients, share)
            const running = clients.filter((each) => each.isRunning).length
            const inFlight = [...home.loads.values()].reduce((sum, load) => sum + load.inFlight, 0)
            expect(inFlight).toBe(running)
            expect(home.scheduler.waiting).toBe(clients.length - running)
          }
          for (let rounds = 0; clients.length > 0 && rounds < 1_000; rounds++) {
            const client = clients.find((each) => each.isRunning)
            if (client === undefined) throw new Error('Some wait, and nothing runs')
            clients.splice(clients.indexOf(client), 1)
            home.now += 40
            client.end()
          }
          expect(home.scheduler.waiting).toBe(0)
          expect([...home.loads.values()].map((load) => load.inFlight)).toEqual([0, 0, 0])
        }),
        { numRuns: 200 },
      )
    },
  )

  test('nobody waits while a backend in turn is free', () => {
    fc.assert(
      fc.property(steps, (all) => {
        build({ a: 1, b: 2, c: 3 })
        const clients: Client[] = []
        for (const step of all) {
          act(step, clients, 'round-robin')
          for (const client of clients) {
            if (client.granted === undefined) expect(eligible(client.ask).filter(isFree)).toEqual([])
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('no image is let in before a text that waited for the same backend, but one that waited for 2 s', () => {
    fc.assert(
      fc.property(steps, (all) => {
        build({ a: 1, b: 2, c: 3 })
        const clients: Client[] = []
        for (const step of all) {
          const waiting = clients.filter((each) => each.granted === undefined)
          act(step, clients, 'round-robin')
          const letIn = waiting.filter((each) => each.isRunning && !each.ask.isText)
          for (const each of letIn) {
            if (home.now - each.since >= OVERDUE_AFTER_MS) continue
            const on = [...home.loads].find(([, load]) => load === (each.granted as Running).load)?.[0] ?? ''
            const behind = waiting.filter(
              (other) =>
                other.ask.isText &&
                other.granted === undefined &&
                clients.includes(other) &&
                eligible(other.ask).includes(on),
            )
            expect(behind).toEqual([])
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
