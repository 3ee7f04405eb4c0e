import { describe, expect, test } from 'vitest'
import { completePosted, isSameImmich, masked } from '../../../src-main/settings/merge.ts'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import { Revision } from '../../../src-main/settings/revision.ts'
import { EMPTY_CONFIG, type Config, type ImmichConfig } from '../../../src-shared/config/schema.ts'

const KEY = 'the-secret-key'
const IMMICH: ImmichConfig = { url: 'http://nas:2283', apiKey: KEY, guard: 'on' }
const CURRENT: Config = { ...EMPTY_CONFIG, immich: IMMICH }

/** What a posted `immich` means for the configuration that has a key. */
const completed = (immich: unknown, current = CURRENT): unknown =>
  (completePosted(current, { ...EMPTY_CONFIG, immich }) as { immich?: unknown }).immich

describe('the key of Immich', () => {
  test('is masked, and comes back as it was stored', () => {
    expect(JSON.stringify(masked(CURRENT))).not.toContain(KEY)
    expect(masked(CURRENT).immich).toEqual({ ...IMMICH, apiKey: MASK })
    expect(completePosted(CURRENT, masked(CURRENT))).toEqual(CURRENT)
  })

  test('is kept where immich, or the key in it, is absent', () => {
    expect(completePosted(CURRENT, EMPTY_CONFIG)).toEqual(CURRENT)
    expect(completed({ guard: 'off' })).toEqual({ ...IMMICH, guard: 'off' })
    expect(completed({ url: 'http://NAS:2283/immich', apiKey: MASK })).toMatchObject({ apiKey: KEY })
  })

  test.each(['http://evil:2283', 'https://nas:2283', 'http://nas:2284', 'no URL', undefined])(
    'is not sent to another URL: %j',
    (url) => {
      const stored = url === undefined ? { ...CURRENT, immich: { ...IMMICH, url: 'no URL' } } : CURRENT
      expect(completed({ url, apiKey: MASK }, stored)).toMatchObject({ apiKey: MASK })
      expect(completed({ url }, stored)).toMatchObject({ apiKey: MASK })
    },
  )

  test('null takes the key or the whole away, a new one replaces it', () => {
    expect(completed({ apiKey: null, guard: 'off' })).toEqual({ url: IMMICH.url, guard: 'off' })
    expect(completed(null)).toBeUndefined()
    expect(completed({ url: 'http://evil:2283', apiKey: 'another' })).toMatchObject({ apiKey: 'another' })
  })

  test('a mask for a key that was never stored stays a mask, which the schema refuses', () => {
    expect(completed({ url: IMMICH.url, apiKey: MASK }, EMPTY_CONFIG)).toMatchObject({ apiKey: MASK })
  })

  test('what is no object stays what it is, to be judged', () => expect(completed('x')).toBe('x'))

  test('a change of the key alone is another revision, without telling the key', () => {
    const revision = new Revision()
    revision.follow(CURRENT)
    const before = revision.name
    revision.follow({ ...CURRENT, immich: { ...IMMICH, apiKey: 'another' } })
    expect(revision.name).not.toBe(before)
    expect(revision.name).not.toContain('another')
  })
})

test('the same settings are the same in any order of their fields', () => {
  expect(isSameImmich(IMMICH, { guard: 'on', apiKey: KEY, url: 'http://nas:2283' })).toBe(true)
  expect(isSameImmich(IMMICH, { ...IMMICH, apiKey: 'another' })).toBe(false)
  expect(isSameImmich(IMMICH, undefined)).toBe(false)
  expect(isSameImmich(undefined, undefined)).toBe(true)
})
