// The image for the docs that shows all tray icons on a light and a dark panel, made from the icon files themselves.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { root } from './lib.mjs'

/** @param {string} name below resources/tray */
async function image(name) {
  const data = await readFile(path.join(root, 'resources/tray', name))
  const type = name.endsWith('.ico') ? 'image/x-icon' : 'image/png'
  return `data:${type};base64,${data.toString('base64')}`
}

/** @param {string} source @param {number} size @param {string} [className] */
const img = (source, size, className = '') =>
  `<img class="${className}" src="${source}" width="${size}" height="${size}" alt="">`

/** @param {string} name */
async function panels(name) {
  const windows = img(await image(`win32/${name}.ico`), 16)
  const mac = img(await image(`darwin/${name}Template@2x.png`), 16, 'template')
  const linux = []
  for (const size of [16, 22, 24, 32, 48]) linux.push(img(await image(`linux/${name}-${size}.png`), size))
  const cells = [windows, mac, linux.join(' ')]
  return ['light', 'dark'].flatMap((tone) => cells.map((cell) => `<td class="${tone}">${cell}</td>`)).join('')
}

const STYLE = `
  body { margin: 0; background: #fff; font: 14px system-ui, sans-serif; }
  main { display: inline-block; padding: 16px; }
  table { border-collapse: separate; border-spacing: 0 4px; }
  th { font-weight: 600; padding: 4px 14px; text-align: left; white-space: nowrap; }
  td { padding: 6px 14px; white-space: nowrap; }
  td img { vertical-align: middle; margin-right: 6px; }
  .light { background: #ececec; } .dark { background: #202124; }
  .dark .template { filter: invert(1); }
`

/**
 * The page that shows all states.
 * @param {readonly string[]} states
 */
export async function sheet(states) {
  const rows = []
  for (const state of states) {
    for (const name of [state, `${state}-debug`]) {
      rows.push(`<tr><th>${name.replace('-debug', ' + debug')}</th>${await panels(name)}</tr>`)
    }
  }
  const systems = '<th>Windows</th><th>macOS</th><th>Linux</th>'
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><main><table>
    <tr><th></th>${systems}${systems}</tr>${rows.join('')}</table></main>`
}
