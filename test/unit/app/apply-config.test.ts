import { expect, test } from 'vitest'
import { ConfigApplier } from '../../../src-main/app/apply-config.ts'
import type { Move } from '../../../src-main/listener/listener.ts'
import { AppError } from '../../../src-main/platform/errors.ts'
import { silentLogger } from '../../../src-main/platform/log.ts'
import type { JudgedConfig } from '../../../src-main/settings/store.ts'
import { EMPTY_CONFIG } from '../../../src-shared/config/schema.ts'

/** An applier that writes down each of its steps; a step of `failing` throws. */
function recordSteps(failing: readonly string[] = []) {
  const steps: string[] = []
  const step = (name: string): void => {
    steps.push(name)
    if (failing.includes(name)) throw new AppError('FAILED', 409, `${name} failed`)
  }
  const move: Move = {
    commit: () => step('close the old address'),
    rollback: () => {
      step('close the new address')
      return Promise.resolve()
    },
  }
  const judged: JudgedConfig = {
    config: EMPTY_CONFIG,
    base: EMPTY_CONFIG,
    posted: {},
    ifMatch: undefined,
    warnings: [],
  }
  const listener = {
    lost: false,
    prepare: () => {
      step('open')
      return Promise.resolve(move)
    },
  }
  const applier = new ConfigApplier({
    store: {
      config: EMPTY_CONFIG,
      judge: () => {
        step('judge')
        return judged
      },
      save: () => {
        step('write')
        return ['a warning']
      },
    },
    listener,
    log: silentLogger(),
    addressOf: () => ({ host: '127.0.0.1', port: 1 }),
  })
  return { applier, steps, listener, permit: () => step('permit') }
}

test('a save judges, opens, asks once more, writes, and closes the old address', async () => {
  const { applier, steps, permit } = recordSteps()
  expect(await applier.save({}, undefined, permit)).toEqual(['a warning'])
  expect(steps).toEqual(['permit', 'judge', 'permit', 'open', 'permit', 'write', 'close the old address'])
})

test.each([
  ['judge', ['permit', 'judge']],
  ['open', ['permit', 'judge', 'permit', 'open']],
  ['write', ['permit', 'judge', 'permit', 'open', 'permit', 'write', 'close the new address']],
])('a save that fails to %s leaves the old address in force', async (failing, expected) => {
  const { applier, steps, permit } = recordSteps([failing])
  await expect(applier.save({}, undefined, permit)).rejects.toThrow(`${failing} failed`)
  expect(steps).toEqual(expected)
  expect(applier.problem).toBeUndefined()
})

test('a permission that ended while the address was opened stops the save', async () => {
  const { applier, steps } = recordSteps()
  let asked = 0
  const permit = (): void => {
    if (++asked === 3) throw new AppError('LOGIN_NEEDED', 401, 'log in')
  }
  await expect(applier.save({}, undefined, permit)).rejects.toThrow('log in')
  expect(steps).toEqual(['judge', 'open', 'close the new address'])
})

test('a change waits for the one before it, also for one that fails', async () => {
  const { applier, steps } = recordSteps(['write'])
  const save = applier.save({})
  const follow = applier.follow()
  await expect(save).rejects.toThrow('write failed')
  await follow
  expect(steps).toEqual(['judge', 'open', 'write', 'close the new address', 'open', 'close the old address'])
})

test('a problem is told once, and until the next change that holds', async () => {
  const { applier, listener } = recordSteps(['write'])
  const problems: (string | undefined)[] = []
  applier.on('problem', () => problems.push(applier.problem))
  listener.lost = true
  await expect(applier.save({})).rejects.toThrow()
  await expect(applier.save({})).rejects.toThrow()
  await applier.follow()
  expect(problems).toEqual(['write failed', undefined])
})
