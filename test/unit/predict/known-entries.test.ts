import { describe, expect, test } from 'vitest'
import { KNOWN_ENTRIES, KNOWN_ENTRIES_CHARS } from '../../../src-main/predict/limits.ts'
import { parseEntries } from '../../../src-main/wire/entries.ts'
import { KnownEntries } from '../../../src-main/predict/known-entries.ts'

const textFor = (modelName: string): string => JSON.stringify({ clip: { visual: { modelName } } })

describe('KnownEntries', () => {
  test('the same text has the same list of entries, another text its own', () => {
    const known = new KnownEntries()
    const first = known.parse(textFor('a'))
    expect(first).toEqual(parseEntries(textFor('a')))
    expect(known.parse(textFor('a'))).toBe(first)
    expect(known.parse(textFor('b'))).toEqual(parseEntries(textFor('b')))
    expect(known.parse(textFor('a'))).toBe(first)
  })

  test('what is no entries is refused each time', () => {
    const known = new KnownEntries()
    for (const text of ['[]', '[]', '{"clip":1}']) {
      expect(() => known.parse(text)).toThrow(expect.objectContaining({ status: 400 }) as Error)
    }
  })

  test('many different texts and long ones are not all remembered', () => {
    const known = new KnownEntries()
    const first = known.parse(textFor('first'))
    for (let index = 0; index < KNOWN_ENTRIES; index++) known.parse(textFor(String(index)))
    expect(known.parse(textFor('first'))).not.toBe(first)
    const long = textFor('x'.repeat(KNOWN_ENTRIES_CHARS))
    expect(known.parse(long)).toEqual(known.parse(long))
    expect(known.parse(long)).not.toBe(known.parse(long))
  })
})
