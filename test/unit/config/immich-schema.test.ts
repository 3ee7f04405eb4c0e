import { describe, expect, test } from 'vitest'
import { MASK } from '../../../src-shared/config/backend-schema.ts'
import { judge, problemsText, savedConfigSchema } from '../../../src-shared/config/schema.ts'

const KEY = 'dGhpcyBpcyBhIHNlY3JldCBrZXk'

function problems(immich: unknown): string {
  const backends = [{ name: 'gpu', url: 'http://gpu:3003' }]
  const judged = judge(savedConfigSchema, { defaultBackend: 'gpu', backends, immich })
  return judged.ok ? '' : problemsText(judged.problems)
}

describe('immich', () => {
  test.each([
    undefined,
    { url: 'http://nas:2283' },
    { url: 'http://nas:2283', guard: 'off' },
    { url: 'https://photos.example.com/', apiKey: KEY, guard: 'observe' },
    { url: 'http://nas:2283', apiKey: ` ${KEY} `, guard: 'on', catchUp: false, note: 'kept' },
  ])('takes %j', (immich) => expect(problems(immich)).toBe(''))

  test.each([
    ['http://nas:2283', 'immich must be an object with a url and an apiKey'],
    [{ apiKey: KEY }, 'immich.url must be a text'],
    [
      { url: 'nas:2283', apiKey: KEY },
      'immich.url "nas:2283" is not an http or https URL; write for example http://nas:2283',
    ],
    [
      { url: `http://me:${KEY}@nas`, apiKey: KEY },
      'immich.url must not hold a user name or password; Immich is asked with an API key',
    ],
    [{ url: `http://nas?key=${KEY}`, apiKey: KEY }, 'immich.url must not hold a query'],
    [{ url: 'http://nas', apiKey: '' }, 'immich.apiKey is empty; make a key in Immich'],
    [{ url: 'http://nas', apiKey: MASK }, 'immich.apiKey is hidden, and was entered for another URL'],
    [{ url: 'http://nas', apiKey: `${KEY}\r\nx: y` }, 'immich.apiKey has a character that no API key has'],
    [{ url: 'http://nas', apiKey: KEY.repeat(30) }, 'immich.apiKey is longer than 500 characters'],
    [{ url: 'http://nas', apiKey: 5 }, 'immich.apiKey must be a text'],
    [{ url: 'http://nas', guard: 'on' }, 'immich.apiKey is missing; guard "on" needs it'],
    [{ url: 'http://nas', apiKey: KEY, guard: true }, 'immich.guard must be "off", "observe" or "on"'],
    [{ url: 'http://nas', apiKey: KEY, catchUp: 'yes' }, 'immich.catchUp must be true or false'],
  ])('refuses %j without telling the key', (immich, message) => {
    const text = problems(immich)
    expect(text).toContain(message)
    expect(text).not.toContain(KEY)
  })
})
