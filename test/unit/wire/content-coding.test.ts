import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decodeContent } from '../../../src-main/wire/content-coding.ts'

const CONTENT = Buffer.from(`{"clip":"[${'0.125,'.repeat(500)}1]"}`)
const MB = 1024 * 1024
const decode = async (body: Buffer, header: string, most = MB) =>
  (await decodeContent(body, header, most)).toString()

describe('decodeContent', () => {
  test.each([
    ['gzip', gzipSync(CONTENT)],
    ['GZIP', gzipSync(CONTENT)],
    ['x-gzip', gzipSync(CONTENT)],
    ['deflate', deflateSync(CONTENT)],
    ['br', brotliCompressSync(CONTENT)],
    ['identity', CONTENT],
    ['', CONTENT],
    ['gzip, br', brotliCompressSync(gzipSync(CONTENT))],
    ['identity,gzip', gzipSync(CONTENT)],
  ])('undoes %j', async (header, body) => {
    expect(await decode(body, header)).toBe(CONTENT.toString())
  })

  test('undoes deflate without the header of zlib, as some servers send it', async () => {
    expect(await decode(deflateRawSync(CONTENT), 'deflate')).toBe(CONTENT.toString())
  })

  test('an empty body is empty, whatever it is said to be', async () => {
    expect(await decode(Buffer.alloc(0), 'gzip')).toBe('')
  })

  test('takes what is as large as it may be, and nothing larger', async () => {
    const zeros = gzipSync(Buffer.alloc(MB))
    expect(zeros.length).toBeLessThan(2_000)
    expect((await decodeContent(zeros, 'gzip', MB)).length).toBe(MB)
    const refused = expect.objectContaining({
      code: 'CONTENT_TOO_LARGE',
      message: 'larger than 1 MB once decompressed',
    }) as Error
    await expect(decodeContent(gzipSync(Buffer.alloc(MB + 1)), 'gzip', MB)).rejects.toEqual(refused)
    await expect(decodeContent(gzipSync(gzipSync(Buffer.alloc(9 * MB))), 'gzip, gzip', MB)).rejects.toEqual(
      refused,
    )
  })

  test.each(['zstd', 'gzip, zstd', 'constructor', 'gzip, gzip, gzip, gzip'])(
    'names %j, which it cannot read',
    async (header) => {
      await expect(decode(gzipSync(CONTENT), header)).rejects.toMatchObject({
        code: 'CODING_UNKNOWN',
        message: `compressed by "${header}", which the proxy cannot read; turn compression off`,
      })
    },
  )

  test.each([
    ['gzip', CONTENT],
    ['gzip', gzipSync(CONTENT).subarray(0, -20)],
    ['br', CONTENT],
    ['deflate', CONTENT],
  ])('refuses what is no %s', async (header, body) => {
    await expect(decode(body, header)).rejects.toMatchObject({ code: 'CONTENT_BROKEN' })
  })
})
