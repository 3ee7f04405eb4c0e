import { describe, expect, test } from 'vitest'
import { basicPassword, cookiesOf } from '../../../../src-main/http/guard/credentials.ts'

describe('what a request brings', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  test('a Basic password, whatever the user name', () => {
    expect(basicPassword(basic('admin:pass word'))).toBe('pass word')
    expect(basicPassword(basic(':a:b:c'))).toBe('a:b:c')
    expect(basicPassword(basic('x:käse'))).toBe('käse')
    expect(basicPassword(basic('x:').replace('Basic', 'bAsIc'))).toBe('')
  })

  test.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    basic('nocolon'),
    'Bearer YTpi',
    'Basic YTpi YTpi',
    'Basic (&%',
  ])('no password in %j', (header) => {
    expect(basicPassword(header)).toBeUndefined()
  })

  test('a cookie by its exact name', () => {
    expect(cookiesOf('a=1; name=token; b=2', 'name')).toEqual(['token'])
    expect(cookiesOf('xname=no;name=yes=', 'name')).toEqual(['yes='])
    expect(cookiesOf('name=stale; name=good', 'name')).toEqual(['stale', 'good'])
    expect(cookiesOf('names=no', 'name')).toEqual([])
    expect(cookiesOf('name', 'name')).toEqual([])
    expect(cookiesOf(undefined, 'name')).toEqual([])
  })
})
