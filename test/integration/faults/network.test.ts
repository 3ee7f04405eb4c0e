/** Names that hang, addresses that nobody has, cables that drop large packets: each in a network made for it. */
import { describe, expect, test } from 'vitest'
import type { DeadAddresses } from '../../support/network/dead-addresses.ts'
import type { HangingNames } from '../../support/network/hanging-names.ts'
import type { SmallMtu } from '../../support/network/small-mtu.ts'
import { networkProblem, runScenario } from '../../support/namespace.ts'

const problem = networkProblem()
if (problem !== undefined)
  console.log(`skipped: name servers and cables need a network namespace (${problem})`)

describe.skipIf(problem !== undefined)('a network', () => {
  test('in which three names hang: a backend of another name is used as ever', async () => {
    const { searches, status, errors } = await runScenario<HangingNames>('hanging-names')
    expect(searches).toEqual(Array.from({ length: 30 }, () => 200))
    expect(status).toBe('healthy')
    for (const error of errors) {
      expect(error).toMatch(
        /^host name [\w-]+\.home does not resolve: no answer within 1\.5 s; check the name/,
      )
    }
  })

  test('in which a name has eight dead addresses before the good one', async () => {
    expect(await runScenario<DeadAddresses>('dead-addresses')).toEqual([200, 200])
  })

  test('whose MTU is smaller than it says: a photo is tried elsewhere after 10 s', async () => {
    const { before, status, lastError, others } = await runScenario<SmallMtu>('small-mtu')
    expect({ before, status, others }).toEqual({ before: 'healthy', status: 200, others: 1 })
    expect(lastError).toBe('took no byte of the request for 10 s; where a VPN leads there, check its MTU')
  })
})
