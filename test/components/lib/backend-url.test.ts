import { describe, expect, it } from 'vitest'
import { completedUrl } from '../../../src-renderer/lib/backend-url.ts'
import { urlProblem } from '../../../src-shared/config/backend-schema.ts'

describe('a URL is taken as people write it', () => {
  it.each([
    ['nas:3003', 'http://nas:3003'],
    ['192.168.1.20', 'http://192.168.1.20:3003'],
    [' localhost ', 'http://localhost:3003'],
    ['nas.local/', 'http://nas.local:3003'],
    ['nas:3003/predict', 'http://nas:3003'],
    ['http://nas:3003/', 'http://nas:3003'],
    ['http://nas:3003/predict/', 'http://nas:3003'],
    ['http://nas:3003/ml/ping', 'http://nas:3003/ml'],
    ['nas/ml', 'http://nas:3003/ml'],
    ['//nas:3003', 'http://nas:3003'],
    ['fd00::20', 'http://[fd00::20]:3003'],
    ['[fd00::20]:3003', 'http://[fd00::20]:3003'],
    ['https://ml.example', 'https://ml.example'],
    ['http://nas', 'http://nas'],
    ['HTTP://NAS:3003', 'HTTP://NAS:3003'],
  ])('%s is saved as %s', (written, saved) => {
    expect(completedUrl(written)).toBe(saved)
    expect(urlProblem(saved)).toBeUndefined()
    expect(completedUrl(saved)).toBe(saved)
  })

  it.each(['', 'two words', 'http://', 'http://u:p@nas:3003', 'ftp://nas'])(
    '%s stays for the schema to judge',
    (text) => {
      expect(completedUrl(text)).toBe(text)
      expect(urlProblem(completedUrl(text))).toBeDefined()
    },
  )
})
