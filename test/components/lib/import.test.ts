import { describe, expect, it } from 'vitest'
import { readImport } from '../../../src-renderer/lib/import.ts'

describe('an import', () => {
  it('is judged by the schema of the server', () => {
    const backend = { name: 'a', url: 'http://a', headers: { 'X-Key': '••••••' } }
    const read = readImport(`\uFEFF${JSON.stringify({ defaultBackend: 'a', backends: [backend], more: 1 })}`)
    expect(read).toMatchObject({ ok: true, config: { backends: [backend], more: 1, taskRouting: {} } })
    expect(readImport('{')).toMatchObject({
      ok: false,
      problem: expect.stringContaining('not JSON') as string,
    })
    expect(readImport('{"backends":[{"name":"a","url":"ftp://x"}]}')).toMatchObject({ ok: false })
  })
})
