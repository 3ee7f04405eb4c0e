/** The built scripts and styles, compressed once and kept: a phone on a slow network loads a third of the bytes. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { RequestHandler } from 'express'

const compress = promisify(gzip)
const ONE_YEAR = 'public, max-age=31536000, immutable'
/** Names as the build gives them; nothing else is looked for. */
const ASSET = /^\/[\w.-]+\.(?:js|css)$/

/** Answers from memory where the browser takes gzip; leaves everything else to the next handler. */
export function compressed(folder: string): RequestHandler {
  const kept = new Map<string, Promise<Buffer>>()
  return async (request, response, next) => {
    if (!ASSET.test(request.path) || !request.acceptsEncodings('gzip')) {
      next()
      return
    }
    const file = path.join(folder, path.basename(request.path))
    const bytes = kept.get(file) ?? readFile(file).then((content) => compress(content))
    kept.set(file, bytes)
    try {
      const body = await bytes
      response.type(path.extname(file))
      response.set({ 'content-encoding': 'gzip', vary: 'Accept-Encoding', 'cache-control': ONE_YEAR })
      response.send(body)
    } catch {
      // No such file: the next handler says so.
      kept.delete(file)
      next()
    }
  }
}
