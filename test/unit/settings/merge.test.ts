import { describe, expect, test } from 'vitest'
import { completePosted, masked } from '../../../src-main/settings/merge.ts'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import type { Config } from '../../../src-shared/config/schema.ts'
import { VALID_CONFIG } from '../../support/configurations.ts'

describe('completePosted', () => {
  const current = {
    ...VALID_CONFIG,
    backends: [
      { ...VALID_CONFIG.backends[0], timeoutMs: 5_000, headers: { 'X-Key': 'secret' } },
      VALID_CONFIG.backends[1],
    ],
    server: { port: 4000 },
    note: 'mine',
  } as unknown as Config

  test('routing maps that are absent are empty, other fields keep their value', () => {
    const { defaultBackend, backends } = VALID_CONFIG
    expect(completePosted(current, { defaultBackend, backends })).toEqual({
      defaultBackend,
      backends: [
        { ...VALID_CONFIG.backends[0], timeoutMs: 5_000, headers: { 'X-Key': 'secret' } },
        VALID_CONFIG.backends[1],
      ],
      taskRouting: {},
      modelTypeRouting: {},
      taskRoutingPolicy: {},
      modelTypeRoutingPolicy: {},
      server: { port: 4000 },
      note: 'mine',
    })
  })

  test('null takes a field away', () => {
    expect(completePosted(current, { ...VALID_CONFIG, note: null })).not.toHaveProperty('note')
    const [backend] = VALID_CONFIG.backends
    expect(
      completePosted(current, { ...VALID_CONFIG, backends: [{ ...backend, timeoutMs: null }] }),
    ).toMatchObject({
      backends: [expect.not.objectContaining({ timeoutMs: 5_000 })],
    })
  })

  test('a masked value keeps the stored one', () => {
    const shown = masked(current)
    expect(shown.backends[0]?.headers).toEqual({ 'X-Key': MASK })
    expect(JSON.stringify(shown)).not.toContain('secret')
    expect(completePosted(current, shown)).toEqual(current)
  })

  test('what is no configuration stays what it is, to be judged', () => {
    expect(completePosted(current, 5)).toBe(5)
    expect(completePosted(current, { ...VALID_CONFIG, backends: 'x' })).toMatchObject({ backends: 'x' })
  })
})
