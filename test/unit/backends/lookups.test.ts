/** Lookups that hang, and what they hold up: nothing. */
import dns from 'node:dns'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LOCAL_LOOKUPS, LOOKUP_PROCESS_AFTER_MS } from '../../../src-main/backends/limits.ts'
import {
  forkLookupChild,
  type LookupAnswer,
  type LookupChild,
  type LookupQuestion,
} from '../../../src-main/backends/lookup-child.ts'
import { LookupError, Lookups, type Address } from '../../../src-main/backends/lookups.ts'

type Callback = (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void

const ADDRESS: Address = { address: '192.0.2.7', family: 4 }
const HANGING = Array.from({ length: LOCAL_LOOKUPS }, (_, index) => `hangs-${index}`)

/** Lookups of this process that the system has not answered, by name. */
const asked = new Map<string, Callback>()
const answer = (name: string): void => asked.get(name)?.(null, [{ ...ADDRESS }])

/** A process for lookups of which the test decides what it does. */
class FakeChild implements LookupChild {
  readonly questions: LookupQuestion[] = []
  isEnded = false
  tell: (answer: LookupAnswer) => void = () => undefined
  die: (reason: string) => void = () => undefined

  send(question: LookupQuestion): void {
    this.questions.push(question)
  }

  onAnswer(listener: (answer: LookupAnswer) => void): void {
    this.tell = listener
  }

  onEnd(listener: (reason: string) => void): void {
    this.die = listener
  }

  end(): void {
    this.isEnded = true
  }
}

let children: FakeChild[] = []
const problems: string[] = []
const fork = (): LookupChild => {
  const child = new FakeChild()
  children.push(child)
  return child
}
let lookups: Lookups

beforeEach(() => {
  vi.useFakeTimers()
  children = []
  problems.length = 0
  asked.clear()
  vi.spyOn(dns, 'lookup').mockImplementation(((name: string, _options: unknown, callback: Callback) => {
    asked.set(name, callback)
  }) as unknown as typeof dns.lookup)
  lookups = new Lookups({ fork, onProblem: (reason) => problems.push(reason) })
})
afterEach(() => {
  lookups.close()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Takes all threads of this process. */
const hang = (): Promise<readonly Address[]>[] => HANGING.map((name) => lookups.run(name))

describe('in this process', () => {
  test('the system is asked for all addresses in its own order', async () => {
    const found = lookups.run('nas.lan')
    expect(vi.mocked(dns.lookup).mock.calls[0]?.[1]).toEqual({ all: true, verbatim: true })
    asked.get('nas.lan')?.(null, [{ address: 'fd00::1', family: 6 }, { ...ADDRESS }])
    expect(await found).toEqual([{ address: 'fd00::1', family: 6 }, ADDRESS])
  })

  test('a failure keeps its code', async () => {
    const found = lookups.run('none.lan')
    asked.get('none.lan')?.(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
    await expect(found).rejects.toThrow(LookupError)
    await expect(found).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  test('one that waited for a thread gets the next that is free, and no process is started', async () => {
    const [first] = hang()
    const third = lookups.run('nas.lan')
    expect([...asked.keys()]).toEqual(HANGING)
    answer(HANGING[0] ?? '')
    await first
    answer('nas.lan')
    expect(await third).toEqual([ADDRESS])
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    expect(children).toHaveLength(0)
  })
})

describe('while names hang', () => {
  test('others are looked up by one process, however many they are', async () => {
    void hang()
    const names = ['a.lan', 'b.lan', 'c.lan']
    const found = names.map((name) => lookups.run(name))
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    expect(children).toHaveLength(1)
    expect(children[0]?.questions.map(({ name }) => name)).toEqual(names)
    const [a, b, c] = children[0]?.questions ?? []
    children[0]?.tell({ id: c?.id ?? -1, addresses: [{ address: 'fd00::c', family: 6 }] })
    children[0]?.tell({ id: a?.id ?? -1, addresses: [ADDRESS] })
    children[0]?.tell({ id: b?.id ?? -1, code: 'ENOTFOUND', message: 'no' })
    expect(await found[2]).toEqual([{ address: 'fd00::c', family: 6 }])
    expect(await found[0]).toEqual([ADDRESS])
    await expect(found[1]).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  test('the process ends when it was not needed for half a minute', async () => {
    void hang()
    void lookups.run('a.lan')
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(children[0]?.isEnded, 'not while it is at work').toBe(false)
    children[0]?.tell({ id: 0, addresses: [ADDRESS] })
    await vi.advanceTimersByTimeAsync(29_000)
    expect(children[0]?.isEnded).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(children[0]?.isEnded).toBe(true)
    expect(problems, 'it did as it was told').toEqual([])
  })

  test.each([
    ['ends by itself', (): void => children[0]?.die('it ended with SIGKILL'), 'it ended with SIGKILL'],
    ['is ended with the service', (): void => lookups.close(), undefined],
  ])('a process that %s gives its lookups back', async (_what, end, problem) => {
    void hang()
    const found = lookups.run('a.lan')
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    end()
    expect(problems).toEqual(problem === undefined ? [] : [problem])
    expect(asked.has('a.lan')).toBe(false)
    answer(HANGING[1] ?? '')
    answer('a.lan')
    expect(await found).toEqual([ADDRESS])
  })

  test('with all threads free by then they are begun at once', async () => {
    void hang()
    const found = lookups.run('a.lan')
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    for (const name of HANGING) answer(name)
    children[0]?.die('gone')
    answer('a.lan')
    expect(await found).toEqual([ADDRESS])
  })

  test('a process that cannot be started is told, waited for, and tried again after a minute', async () => {
    let canFork = false
    lookups = new Lookups({
      fork: () => {
        if (!canFork) throw new Error('not before the app is ready')
        return fork()
      },
      onProblem: (reason) => problems.push(reason),
    })
    void hang()
    const found = lookups.run('a.lan')
    const never = lookups.run('b.lan')
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    expect(problems).toEqual(['not before the app is ready'])
    answer(HANGING[0] ?? '')
    answer('a.lan')
    expect(await found).toEqual([ADDRESS])
    canFork = true
    await vi.advanceTimersByTimeAsync(60_000)
    void lookups.run('c.lan')
    void never
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    expect(children[0]?.questions.map(({ name }) => name)).toEqual(['c.lan'])
  })

  test('there is a bound', async () => {
    void hang()
    for (let count = 0; count < 1_000; count++) void lookups.run(`${count}.lan`)
    await expect(lookups.run('one-more.lan')).rejects.toMatchObject({ code: 'EBUSY' })
    await vi.advanceTimersByTimeAsync(LOOKUP_PROCESS_AFTER_MS)
    await expect(lookups.run('one-more.lan')).rejects.toMatchObject({ code: 'EBUSY' })
  })
})

test('the process in Node looks names up, and ends when it is told to', async () => {
  vi.useRealTimers()
  const child = forkLookupChild(['--import', 'tsx'])
  const answers = new Map<number, LookupAnswer>()
  const all = new Promise<void>((resolve) => {
    child.onAnswer((one) => {
      answers.set(one.id, one)
      if (answers.size === 2) resolve()
    })
  })
  const ended = new Promise<string>((resolve) => child.onEnd(resolve))
  child.send({ id: 1, name: '127.0.0.9' })
  child.send({ id: 2, name: 'name.invalid' })
  await all
  expect(answers.get(1)).toEqual({ id: 1, addresses: [{ address: '127.0.0.9', family: 4 }] })
  expect(answers.get(2)).toMatchObject({
    id: 2,
    code: expect.stringMatching(/^(?:ENOTFOUND|EAI_AGAIN)$/) as string,
  })
  child.end()
  expect(await ended).toBe('it ended with SIGTERM')
})

test('a process that cannot be started tells that as its end', async () => {
  vi.useRealTimers()
  const real = process.execPath
  process.execPath = '/nowhere/node'
  try {
    const child = forkLookupChild([])
    const ended = new Promise<string>((resolve) => child.onEnd(resolve))
    expect(await ended).toContain('ENOENT')
  } finally {
    process.execPath = real
  }
})
