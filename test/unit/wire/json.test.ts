import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectMembers, parseObject } from '../../../src-main/wire/json.ts'

describe('objectMembers', () => {
  test('cuts values out as they stand', () => {
    const text = ' { "a" : 1.50 , "b":{"x":[1,{"y":"}"}]},"c\\"d":"e\\\\", "n":null,"t":true } '
    expect([...objectMembers(text)]).toEqual([
      ['a', '1.50'],
      ['b', '{"x":[1,{"y":"}"}]}'],
      ['c"d', '"e\\\\"'],
      ['n', 'null'],
      ['t', 'true'],
    ])
    expect(objectMembers('{}').size).toBe(0)
  })

  test('of a name that stands twice the last value counts', () => {
    expect(objectMembers('{"a":1,"a":2}').get('a')).toBe('2')
  })

  test('agrees with JSON.parse for any object, however it is spaced', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(4), (object, indent) => {
        const text = JSON.stringify(object, null, indent)
        const members = Array.from(objectMembers(text), ([key, value]) => [key, JSON.parse(value) as unknown])
        expect(Object.fromEntries(members)).toEqual(JSON.parse(text))
      }),
    )
  })
})

test.each([
  ['{"a":1}', true],
  [' \n{}', true],
  ['[1]', false],
  ['"{}"', false],
  ['{"a":', false],
  ['<html>', false],
  ['', false],
])('parseObject(%j): whether it is an object: %s', (text, expected) => {
  expect(parseObject(text) !== undefined).toBe(expected)
})
