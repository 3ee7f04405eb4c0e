import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folderOfFile } from '../../support/folder.ts'
import { startProxy, type TestProxy } from '../../support/proxy.ts'

const SCRIPT = 'console.log("hello")\n'.repeat(100)

const viewsFolder = folderOfFile()
let app: TestProxy

beforeAll(async () => {
  await mkdir(path.join(viewsFolder, 'assets'))
  await writeFile(path.join(viewsFolder, 'assets', 'index-1.js'), SCRIPT)
  await writeFile(path.join(viewsFolder, 'index.html'), '<!doctype html><title>views</title>')
  app = await startProxy({ viewsFolder })
})

afterAll(() => app.stop())

/** The bytes as they come over the wire. */
function raw(
  name: string,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(new URL(name, app.url), { headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}

describe('the pages', () => {
  it.each(['/', '/overview', '/config', '/debug'])('%s may load nothing from elsewhere', async (name) => {
    const response = await app.get(name)
    expect(response.status).toBe(200)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none';script-src 'self';style-src 'self'")
    expect(policy).not.toContain('unsafe')
  })
})

describe('their files', () => {
  it('are compressed where the browser takes it, and cached for good', async () => {
    for (let times = 0; times < 2; times++) {
      const { headers, body } = await raw('/assets/index-1.js', { 'accept-encoding': 'gzip' })
      expect(headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-type': expect.stringContaining('javascript') as string,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
      })
      expect(body.length).toBeLessThan(SCRIPT.length / 10)
      expect(gunzipSync(body).toString()).toBe(SCRIPT)
    }
  })

  it('are sent as they are to others', async () => {
    const { headers, body } = await raw('/assets/index-1.js', {})
    expect(headers['content-encoding']).toBeUndefined()
    expect(body.toString()).toBe(SCRIPT)
  })

  it.each(['/assets/gone.js', '/assets/..%2Findex.html', '/assets/%2e%2e/index.html'])(
    '%s is not one',
    async (name) => {
      expect((await raw(name, { 'accept-encoding': 'gzip' })).status).toBe(404)
    },
  )
})
