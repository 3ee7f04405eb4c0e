import { expect, it } from 'vitest'
import type { Config } from '../../../src-shared/config/schema.ts'
import { draftOf } from '../../../src-renderer/lib/draft.ts'
import { matrixRows } from '../../../src-renderer/lib/matrix.ts'
import { ONE } from '../support/api.ts'

it('the matrix has the known rows, and those that were typed', () => {
  const config: Config = { ...ONE, taskRouting: { search: 'gpu' }, modelTypeRouting: { extra: 'gpu' } }
  const rows = matrixRows(draftOf(config), config)
  expect(rows.map(({ title }) => title)).toEqual([
    'clip',
    'clip visual',
    'clip textual',
    'facial-recognition',
    'ocr',
    'search',
    'Type extra',
  ])
  expect(rows.filter(({ removable }) => removable).map(({ route }) => route.key)).toEqual(['search', 'extra'])
})
