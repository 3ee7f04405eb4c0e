/** The pages by Vite, reloaded on a change, with the service's paths handed on to it. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer as createHttpServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createServer, type Plugin } from 'vite'
import { root } from '../lib.mjs'

const HOST = '127.0.0.1'
const PAGES = path.join(root, 'src-renderer')
/** What Vite makes of the libraries; beside the other files of `npm run dev`, where `npm ci` does not remove it. */
const CACHE = path.join(root, '.dev/vite')
/** Paths that the service answers; all others are pages or their files. */
const SERVICE_PATHS = '^/(?:api|predict|ping)(?:[/?]|$)'

/** Whether a path is a source of the pages: those in src-renderer/api/ begin like the service's. */
function isSource(url: string): boolean {
  const [pathname = ''] = url.split('?')
  return /\.(?:ts|vue)$/.test(pathname) && existsSync(path.join(PAGES, pathname))
}

function answerUnserved(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: 'The service does not run; the terminal of npm run dev says why' }))
}

/** Serves home.html at `/`, as the service does, and lets the service's calls wait while it restarts. */
function likeTheService(serves: () => Promise<boolean>): Plugin {
  const servicePath = new RegExp(SERVICE_PATHS)
  return {
    name: 'like-the-service',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const { url = '' } = request
        if (/^\/(?:\?|$)/.test(url)) request.url = `/home.html${url.slice(1)}`
        if (!servicePath.test(url) || isSource(url)) {
          next()
          return
        }
        serves().then((ready) => (ready ? next() : answerUnserved(response)), next)
      })
    },
  }
}

/** Listens on a port or, where it is taken, on the first free one after it. */
async function listen(server: Server, port: number): Promise<void> {
  try {
    // Rejects with an error that comes before.
    const listening = once(server, 'listening')
    server.listen(port, HOST)
    await listening
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    await listen(server, port + 1)
  }
}

export interface Pages {
  /** Without a slash at its end. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves the pages on loopback.
 * @param port tried first, then those after it; 0 for any free one
 * @param serviceUrl where the service listens
 * @param serves resolves with whether the service can be asked
 */
export async function servePages(
  port: number,
  serviceUrl: string,
  serves: () => Promise<boolean>,
): Promise<Pages> {
  // A server of our own: Vite's would end this process by itself on a signal, and the service would stay behind.
  const server = createHttpServer()
  const vite = await createServer({
    configFile: path.join(root, 'vite.config.ts'),
    cacheDir: CACHE,
    clearScreen: false,
    plugins: [likeTheService(serves)],
    server: {
      middlewareMode: true,
      ws: { server },
      // No other origin is allowed, as by the service itself.
      cors: false,
      // Not the whole project, in which the developer's configuration lies.
      fs: {
        allow: ['src-renderer', 'src-shared', 'node_modules', CACHE].map((name) => path.resolve(root, name)),
      },
      proxy: {
        [SERVICE_PATHS]: {
          target: serviceUrl,
          // Host and Origin stay as the browser sent them: the service compares the two, so that its page may call it
          // and a page of another site may not. With another Host it would refuse both.
          changeOrigin: false,
          bypass: ({ url = '' }) => (isSource(url) ? url : undefined),
        },
      },
    },
  })
  server.on('request', vite.middlewares)
  await listen(server, port)
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      await vite.close()
      server.closeAllConnections()
    },
  }
}
