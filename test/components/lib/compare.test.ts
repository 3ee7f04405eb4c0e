import { describe, expect, it } from 'vitest'
import type { Config } from '../../../src-shared/config/schema.ts'
import { differences } from '../../../src-renderer/lib/compare.ts'
import { FULL } from '../support/api.ts'

describe('differences', () => {
  it('are told in the words of the page', () => {
    const after: Config = {
      ...FULL,
      defaultBackend: 'nas',
      backends: [
        { ...FULL.backends[1], name: 'nas', url: 'http://other' },
        { name: 'new', url: 'http://new' },
      ],
      taskRouting: { ...FULL.taskRouting, ocr: 'nas' },
      hold: { graceSeconds: 0, theirs: true },
      server: { port: 3005, theirs: true },
    }
    expect(differences(FULL, after)).toEqual([
      'Backend nas: URL',
      'Backend new added',
      'Backend gpu removed',
      'Default backend',
      'Route of ocr',
      'Wait for a backend to come back',
      'Port',
    ])
  })
})
