import { describe, expect, test } from 'vitest'
import { AppError } from '../../../src-main/platform/errors.ts'
import { entriesText, parseEntries } from '../../../src-main/wire/entries.ts'

describe('parseEntries', () => {
  test('reads tasks and types in their order, values untouched', () => {
    const text = '{"ocr":{"detection":{"modelName":"m","options":{"minScore":0.50}}},"clip":{"visual":{}}}'
    expect(parseEntries(text)).toEqual([
      { task: 'ocr', type: 'detection', json: '{"modelName":"m","options":{"minScore":0.50}}' },
      { task: 'clip', type: 'visual', json: '{}' },
    ])
    expect(entriesText(parseEntries(text))).toBe(text)
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '{"clip":'],
    ['a list', '[]'],
    ['a number', '5'],
    ['null', 'null'],
    ['no task', '{}'],
    ['a task without types', '{"clip":{}}'],
    ['a task that is a list', '{"clip":[]}'],
    ['a task that is null', '{"clip":null}'],
    ['a type that is a text', '{"clip":{"visual":"x"}}'],
    ['one good and one bad task', '{"clip":{"visual":{}},"ocr":1}'],
  ])('refuses %s with 400', (_what, text) => {
    expect(() => parseEntries(text)).toThrow(expect.objectContaining({ status: 400 }) as AppError)
  })

  test('takes __proto__ for a name like any other', () => {
    const text = '{"__proto__":{"constructor":{"modelName":"m"}}}'
    expect(parseEntries(text)).toEqual([
      { task: '__proto__', type: 'constructor', json: '{"modelName":"m"}' },
    ])
    expect(entriesText(parseEntries(text))).toBe(text)
  })

  test('refuses more than 100 entries', () => {
    const types = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`t${index}`, {}]))
    expect(() => parseEntries(JSON.stringify({ clip: types }))).toThrow(/More than 100/)
  })
})
