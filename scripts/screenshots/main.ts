// `npm run screenshots`: the states of the views into docs/screenshots; the main ones in the dark and on a phone as well.
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium, type Browser } from '@playwright/test'
import { StatusReport } from '../../src-main/app/status-report.ts'
import type { Status } from '../../src-shared/api.ts'
import { writeDay } from '../../test/support/history.ts'
import { startProxy } from '../../test/support/proxy.ts'
import { Relay } from '../../test/support/relay.ts'
import { startBackend } from '../../test/support/simulated-backend.ts'
import { BROWSER_ARGS, ensureBrowser } from '../browser.mjs'
import { build } from '../build.mjs'
import { root } from '../lib.mjs'
import { shrink } from './png.ts'
import { STATES, type Stage, type State } from './states.ts'

const FOLDER = path.join(root, 'docs', 'screenshots')
const WIDE = { width: 1280, height: 860 }
const PHONE = { width: 375, height: 760 }
type Way = readonly [colorScheme: 'light' | 'dark', viewport: { width: number; height: number }]
const USUAL: readonly Way[] = [['light', WIDE]]
const EVERY: readonly Way[] = [...USUAL, ['dark', WIDE], ['light', PHONE]]

async function shoot(browser: Browser, stage: Stage, state: State): Promise<number> {
  let bytes = 0
  for (const [colorScheme, viewport] of state.everyWay === true ? EVERY : USUAL) {
    const context = await browser.newContext({
      baseURL: stage.relay.url,
      viewport,
      colorScheme,
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    // An earlier state may have made it smaller.
    await stage.relay.start()
    await page.goto(state.path)
    await page.locator('main').waitFor()
    await page.getByText('Loading…').waitFor({ state: 'hidden' })
    await state.act?.(page, stage)
    const file = path.join(FOLDER, `${state.name}-${colorScheme}-${viewport.width}.png`)
    // The whole page, as a window that is high enough would show it.
    if (state.fullPage === true) {
      const height = await page.evaluate(() => document.documentElement.scrollHeight)
      await page.setViewportSize({ width: viewport.width, height })
    }
    // A change of state may have brought an icon that is still on its way.
    await page.waitForFunction(() => [...document.images].every(({ complete }) => complete))
    await writeFile(file, shrink(await page.screenshot({ animations: 'disabled' })))
    await context.close()
    bytes += (await stat(file)).size
  }
  return bytes
}

const code = await build()
if (code !== 0) process.exit(code)
const wanted = process.argv.slice(2)
if (wanted.length === 0) await rm(FOLDER, { recursive: true, force: true })
await mkdir(FOLDER, { recursive: true })
const browser = await chromium.launch({ executablePath: await ensureBrowser(), args: BROWSER_ARGS })
const folder = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-'))
await writeDay(folder)
const app = await startProxy({ userDataDir: folder })
const stage: Stage = {
  app,
  relay: await new Relay(() => Number(new URL(app.url).port), 3004).start(),
  gpu: await startBackend({ name: 'gpu', port: 3013 }),
  nas: await startBackend({ name: 'nas', port: 3023 }),
}
// The pictures are of a computer on a LAN, not of the one they are made on.
// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the report it belongs to
const told = StatusReport.prototype.current
StatusReport.prototype.current = function (): Status {
  return {
    ...told.call(this),
    addresses: ['http://127.0.0.1:3004', 'http://192.168.1.10:3004'],
    commandLine: {},
    configFile: '/home/me/.config/Immich ML Proxy/config.json',
  }
}
let total = 0
for (const state of STATES) {
  await state.prepare?.(stage)
  if (wanted.length > 0 && !wanted.some((part) => state.name.includes(part))) continue
  total += await shoot(browser, stage, state)
  console.log(state.name)
}
await browser.close()
await stage.relay.cut()
await app.stop()
await Promise.all([stage.gpu.stop(), stage.nas.stop()])
console.log(`${Math.round(total / 1024)} KB in all`)
