import { describe, expect, test } from 'vitest'
import { movedUrl, sameOrigin, viewUrl } from '../../../src-main/desktop/window/view-url.ts'

describe('the URLs of pages', () => {
  test('are built from the base and the token', () => {
    expect(viewUrl('http://127.0.0.1:3004', 'debug')).toBe('http://127.0.0.1:3004/debug')
    expect(viewUrl('http://127.0.0.1:3004', 'config', 'se-cret')).toBe(
      'http://127.0.0.1:3004/config?token=se-cret',
    )
  })

  test.each([
    ['/debug?a=1#b', '/debug?a=1&token=new#b'],
    ['/config?token=old', '/config?token=new'],
    // Other pages do not accept the token.
    ['/', '/'],
    ['/configuration?token=old', '/configuration'],
  ])('%s moves with one token', (from, to) => {
    expect(movedUrl('http://127.0.0.1:5', `http://127.0.0.1:4${from}`, 'new')).toBe(`http://127.0.0.1:5${to}`)
    expect(movedUrl('http://127.0.0.1:5', '', 'new')).toBeUndefined()
  })

  test.each([
    ['http://127.0.0.1:3004/x', true],
    ['http://127.0.0.1:30045/', false],
    ['http://127.0.0.1:3004@evil.example/', false],
    ['http://127.0.0.1:3004.evil.example/', false],
    ['https://127.0.0.1:3004/', false],
    ['file:///etc/passwd', false],
    ['nonsense', false],
  ])('%s has our origin: %s', (url, own) => {
    expect(sameOrigin(url, 'http://127.0.0.1:3004')).toBe(own)
    expect(sameOrigin(url, undefined)).toBe(false)
  })
})
