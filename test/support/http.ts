/** Requests as no well-behaved client sends them: any Host, any Origin. */
import http from 'node:http'

export interface CallOptions {
  method?: string
  /** A list is sent as that many headers. */
  headers?: Record<string, string | string[]>
  /** Sent as it is; an object as JSON with its content type. */
  body?: string | object
  /** The address the connection comes from. */
  localAddress?: string
}

export interface CallAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
  /** The `error` of a JSON answer, else an empty text. */
  error: string
}

function errorOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return ''
    return String(parsed.error)
  } catch {
    return ''
  }
}

/**
 * Sends one request on a connection of its own.
 * @param base the URL of the server
 * @param path sent as it is, not normalised
 */
export function call(base: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
  const { method = 'GET', body, localAddress } = options
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const url = new URL(base)
  return new Promise((resolve, reject) => {
    const request = http.request({
      // The path goes out as it is, not normalised as a URL's would be.
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path,
      method,
      agent: false,
      headers: {
        ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
        ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
        ...options.headers,
      },
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: answer,
          error: errorOf(answer),
        })
      })
    })
    request.end(text)
  })
}
