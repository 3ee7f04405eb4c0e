import { describe, expect, test } from 'vitest'
import { callProblem, isSameHost, isStateChanging } from '../../../../src-main/http/guard/origins.ts'

describe('an Origin is the host it was sent to', () => {
  test.each([
    ['http://192.168.1.5:3004', '192.168.1.5:3004'],
    ['http://NAS.local:3004', 'nas.LOCAL:3004'],
    ['http://nas', 'nas'],
    ['http://nas', 'nas:80'],
    ['https://ml.example.com', 'ml.example.com'],
    ['https://ml.example.com', 'ml.example.com:443'],
    ['https://ml.example.com:8443', 'ml.example.com:8443'],
    ['http://[::1]:3004', '[::1]:3004'],
    ['http://[0:0::1]:3004', '[::1]:3004'],
  ])('%s sent to %s', (origin, host) => {
    expect(isSameHost(origin, host)).toBe(true)
  })
})

describe('an Origin is not', () => {
  test.each([
    ['http://evil.com', '192.168.1.5:3004'],
    ['http://192.168.1.5', '192.168.1.5:3004'],
    ['http://192.168.1.5:3005', '192.168.1.5:3004'],
    ['http://192.168.1.5:3004.evil.com', '192.168.1.5:3004'],
    ['http://nas@evil.com', 'nas'],
    ['null', 'null'],
    ['null', 'nas'],
    ['', 'nas'],
    ['nas', 'nas'],
    ['file://', ''],
    ['file://nas', 'nas'],
    ['chrome-extension://nas', 'nas'],
    ['http://nas', undefined],
  ])('%s sent to %s', (origin, host) => {
    expect(isSameHost(origin, host)).toBe(false)
  })
})

describe('a state-changing call', () => {
  const host = 'nas:3004'
  const json = { 'content-type': 'application/json', 'content-length': '2' }

  test('is every method but GET, HEAD and OPTIONS', () => {
    expect(['GET', 'HEAD', 'OPTIONS'].some(isStateChanging)).toBe(false)
    expect(['POST', 'PUT', 'PATCH', 'DELETE', 'get', undefined].every(isStateChanging)).toBe(true)
  })

  test('may come from the page itself, or from a program', () => {
    expect(callProblem({ host, ...json })).toBeUndefined()
    expect(
      callProblem({ host, origin: 'http://nas:3004', 'sec-fetch-site': 'same-origin', ...json }),
    ).toBeUndefined()
    expect(callProblem({ host, 'content-length': '0' })).toBeUndefined()
    expect(callProblem({ host })).toBeUndefined()
  })

  test('may not come from another site', () => {
    expect(callProblem({ host, 'sec-fetch-site': 'cross-site' })).toMatch(/another site/)
    expect(callProblem({ host, origin: 'http://evil.com', ...json })).toMatch(/Origin/)
    expect(callProblem({ host, origin: 'null' })).toMatch(/Origin/)
  })

  test.each([
    [undefined],
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['text/plain; application/json'],
    ['application/jsonp'],
    ['application/json-seq'],
  ])('may not carry a body of the type %s', (type) => {
    expect(callProblem({ host, 'content-length': '2', 'content-type': type })).toMatch(/application\/json/)
    expect(callProblem({ host, 'transfer-encoding': 'chunked', 'content-type': type })).toMatch(
      /application\/json/,
    )
  })

  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    ' application/json ;x=y',
  ])('may carry a body of the type %s', (type) => {
    expect(callProblem({ host, 'content-length': '2', 'content-type': type })).toBeUndefined()
  })
})
