import { expect, test } from 'vitest'
import { nodeProblem } from '../../../scripts/check-node.mjs'

test.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0', '26.0.0'])('%s is new enough', (version) => {
  expect(nodeProblem(version, '>=20.19.0')).toBeUndefined()
})

test.each(['18.20.8', '20.9.0', '20.18.3', '4.0.0'])(
  '%s is too old, and it says which will do',
  (version) => {
    expect(nodeProblem(version, '>=20.19.0')).toContain(
      `needs Node.js 20.19 or newer, and this is ${version}`,
    )
  },
)
