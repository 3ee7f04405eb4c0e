/** The pages (`/`, `/overview`, `/config`, `/debug`) and their files. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import compression from 'compression'
import express, { Router, type RequestHandler } from 'express'
import { windowEntry, type AuthDeps } from './auth.ts'

export interface ViewDeps extends AuthDeps {
  /** The folder of the built pages. */
  readonly viewsFolder: string
}

const PLAIN_PAGE = (title: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>` +
  `<ul><li><a href="/overview">Overview</a></li><li><a href="/config">Configuration</a></li><li><a href="/debug">Debug</a></li></ul></html>`

function page(file: string, title: string): RequestHandler {
  return (_request, response, next) => {
    response.setHeader('cache-control', 'no-cache')
    if (!existsSync(file)) {
      response.type('html').send(PLAIN_PAGE(title))
      return
    }
    response.sendFile(path.basename(file), { root: path.dirname(file) }, next)
  }
}

/** Serves the pages and their files. Where they are not built, a page is a plain list of links. */
export function viewRoutes(deps: ViewDeps): Router {
  const { viewsFolder } = deps
  const router = Router()
  const file = (name: string): string => path.join(viewsFolder, name)
  router.get('/', page(file('home.html'), 'Immich ML Proxy'))
  router.get(['/overview', '/config', '/debug'], windowEntry(deps))
  router.get('/overview', page(file('index.html'), 'Immich ML Proxy: overview'))
  router.get('/config', page(file('index.html'), 'Immich ML Proxy: configuration'))
  router.get('/debug', page(file('index.html'), 'Immich ML Proxy: debug'))
  // The names of built files contain a hash of their content, so that a browser may keep them for ever.
  const assets = { immutable: true, maxAge: '1y', index: false, redirect: false } as const
  router.use('/assets', compression(), express.static(file('assets'), assets))
  router.get('/favicon.svg', page(file('favicon.svg'), ''))
  return router
}
