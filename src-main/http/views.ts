/** The web pages: the start page, `/config` and `/debug`, and their files. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import express, { Router, type RequestHandler } from 'express'
import { compressed } from './compressed.ts'
import type { ServiceParts } from './parts.ts'

const PLAIN_PAGE = (title: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>` +
  `<ul><li><a href="/config">Configuration</a></li><li><a href="/debug">Debug</a></li></ul></html>`

/** What the pages may do: nothing but load their own files and talk to the proxy they came from. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

function page(file: string, title: string): RequestHandler {
  return (_request, response, next) => {
    response.setHeader('cache-control', 'no-cache')
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
    if (!existsSync(file)) {
      response.type('html').send(PLAIN_PAGE(title))
      return
    }
    response.sendFile(path.basename(file), { root: path.dirname(file) }, next)
  }
}

export function viewRoutes({ viewsFolder }: ServiceParts): Router {
  const router = Router()
  const file = (name: string): string => path.join(viewsFolder, name)
  router.get('/', page(file('home.html'), 'Immich ML Proxy'))
  router.get('/config', page(file('index.html'), 'Immich ML Proxy: configuration'))
  router.get('/debug', page(file('index.html'), 'Immich ML Proxy: debug'))
  // The names of the built files hold a hash of their content.
  const assets = { immutable: true, maxAge: '1y', index: false } as const
  router.use('/assets', compressed(file('assets')), express.static(file('assets'), assets))
  router.get('/favicon.svg', page(file('favicon.svg'), ''))
  return router
}
