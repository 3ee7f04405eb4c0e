// `npm run icons`: renders all icon files from resources/icons.svg with Chromium, and the image for the docs.
import { accessSync, constants } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from '@playwright/test'
import { COLOURS, pageIcons, stateBody, svg } from './icon-drawings.mjs'
import { ICNS_TYPES, toIcns, toIco } from './icon-files.mjs'
import { sheet } from './icon-sheet.mjs'
import { root } from './lib.mjs'

/** @typedef {import('./icon-files.mjs').Picture} Picture */

const DEBUG = { fill: '#3b8cff', edge: '#0a3f8f' }

const TRAY = {
  win32: [16, 20, 24, 32],
  darwin: [16, 32],
  linux: [16, 22, 24, 32, 48],
}
const APP_PNG = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
const APP_ICO = [16, 24, 32, 48, 64, 128, 256]

/**
 * A coloured tray icon, for Windows and Linux.
 * @param {keyof typeof COLOURS} state @param {boolean} debug
 */
function coloured(state, debug) {
  const picture = stateBody(state)
  if (!debug) return svg(32, picture)
  const gap =
    '<mask id="gap"><rect width="32" height="32" fill="#fff"/><use href="#debug-gap" fill="#000"/></mask>'
  const mark = `<use href="#debug-mark" fill="${DEBUG.fill}" stroke="${DEBUG.edge}" stroke-width="1.8"/>`
  return svg(32, `${gap}<g mask="url(#gap)">${picture}</g>${mark}`)
}

/**
 * A template image for macOS: black on transparent, with the glyph cut out. The system applies the colour.
 * @param {keyof typeof COLOURS} state @param {boolean} debug
 */
function template(state, debug) {
  const holes =
    `<use href="#${state}-glyph" fill="#000" stroke="#000"/>` +
    (debug ? '<use href="#debug-gap-small" fill="#000"/>' : '')
  const mask = `<mask id="cut"><rect width="32" height="32" fill="#fff"/>${holes}</mask>`
  const mark = debug ? '<use href="#debug-mark-small" fill="#000"/>' : ''
  return svg(32, `${mask}<g mask="url(#cut)"><use href="#${state}-shape" fill="#000"/></g>${mark}`)
}

/** A Chromium installed on the system, for machines without Playwright's own. */
function systemChromium() {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    for (const folder of folders) {
      const file = path.join(folder, name)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {
        continue
      }
    }
  }
  return undefined
}

const executablePath = systemChromium()
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--force-color-profile=srgb'],
})
const page = await browser.newPage()

/**
 * Renders an SVG at a size.
 * @param {string} source @param {number} size
 * @returns {Promise<Picture>}
 */
async function draw(source, size) {
  const { png, rgba } = await page.evaluate(async ([text, side]) => {
    const image = new Image()
    image.src = `data:image/svg+xml;base64,${btoa(text)}`
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = side
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('no canvas')
    context.drawImage(image, 0, 0, side, side)
    const pixels = context.getImageData(0, 0, side, side).data
    return { png: canvas.toDataURL('image/png').split(',')[1] ?? '', rgba: [...pixels] }
  }, /** @type {const} */ ([source, size]))
  return { size, png: Buffer.from(png, 'base64'), rgba: Uint8Array.from(rgba) }
}

/** @param {string} source @param {readonly number[]} sizes */
const drawAll = async (source, sizes) => {
  const pictures = []
  for (const size of sizes) pictures.push(await draw(source, size))
  return pictures
}

/** @param {string} name @param {Buffer} content */
async function save(name, content) {
  const file = path.join(root, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content)
}

await rm(path.join(root, 'resources/tray'), { recursive: true, force: true })
for (const state of /** @type {(keyof typeof COLOURS)[]} */ (Object.keys(COLOURS))) {
  for (const debug of [false, true]) {
    const name = debug ? `${state}-debug` : state
    const colour = coloured(state, debug)
    await save(`resources/tray/win32/${name}.ico`, toIco(await drawAll(colour, TRAY.win32)))
    for (const { size, png } of await drawAll(colour, TRAY.linux)) {
      await save(`resources/tray/linux/${name}-${size}.png`, png)
    }
    const [single, double] = await drawAll(template(state, debug), TRAY.darwin)
    if (single === undefined || double === undefined) throw new Error('a template needs two sizes')
    await save(`resources/tray/darwin/${name}Template.png`, single.png)
    await save(`resources/tray/darwin/${name}Template@2x.png`, double.png)
  }
}

for (const [name, text] of pageIcons()) await save(`src-renderer/${name}`, Buffer.from(text))

const app = svg(1024, '<use href="#app"/>')
const appPictures = await drawAll(app, APP_PNG)
for (const { size, png } of appPictures) {
  if (size <= 512) await save(`resources/icons/${size}x${size}.png`, png)
}
const ico = appPictures.filter(({ size }) => APP_ICO.includes(size))
await save('resources/icon.ico', toIco(ico))
const icnsSizes = ICNS_TYPES.map(([, size]) => size)
await save(
  'resources/icon.icns',
  toIcns(appPictures.filter(({ size }) => icnsSizes.some((one) => one === size))),
)

await page.setViewportSize({ width: 1200, height: 400 })
await page.setContent(await sheet(Object.keys(COLOURS)))
const table = page.locator('main')
await save('docs/tray-icons.png', await table.screenshot())
await browser.close()
