import { expect, test } from 'vitest'
import { forwardedHeaders, hopsOf } from '../../../src-main/wire/headers.ts'

test('forwarded headers leave out hop-by-hop headers, credentials, and what Connection names', () => {
  const raw = ['Host', 'x', 'Accept', '*/*', 'Authorization', 'Basic x', 'Cookie', 'a=b', 'X-Api-Key', 'k']
  const more = [
    'Transfer-Encoding',
    'chunked',
    'X-Once',
    '1',
    'Traceparent',
    '00-1',
    'Accept-Encoding',
    'gzip',
  ]
  expect(forwardedHeaders([...raw, ...more], 'close, X-Once', 'me')).toEqual([
    'x-immich-ml-proxy-hops',
    'me',
    'accept',
    '*/*',
    'traceparent',
    '00-1',
  ])
  expect(hopsOf('a, b,')).toEqual(['a', 'b'])
  expect(hopsOf(undefined)).toEqual([])
})
