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
    expect(readImport('[]')).toMatchObject({ ok: false })
  })

  it('takes what the original writes, and tells what of it is used in another way', () => {
    const backends = [
      { name: 'a', url: 'http://a', headers: { 'X-Key': '••••••' } },
      { name: 'a', url: 'http://b' },
    ]
    const file = { defaultBackend: 'a', backends, taskRouting: { clip: 'gone' }, modelTypeRouting: null }
    expect(readImport(JSON.stringify(file))).toMatchObject({
      ok: true,
      config: { backends: [backends[0]], taskRouting: {}, modelTypeRouting: {} },
      note: 'backends[1].name "a" is used twice; the first one is used; taskRouting.clip "gone" is not a backend and is left out; the default backend is used',
    })
    expect(readImport('{"backends":null}')).toMatchObject({ ok: true, note: '' })
  })
})
