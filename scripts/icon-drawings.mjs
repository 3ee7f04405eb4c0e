// The drawings of resources/icons.svg as single SVG texts: for the files that `npm run icons` renders, and for the pages.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { root } from './lib.mjs'

/** Colours of fill, edge and glyph. The fill has contrast to dark panels, the edge to light ones. */
export const COLOURS = {
  healthy: { fill: '#2bb268', edge: '#0b5a30', glyph: '#fff' },
  degraded: { fill: '#ffb020', edge: '#8a5200', glyph: '#3d2500' },
  waiting: { fill: '#9a86f7', edge: '#3d2aa8', glyph: '#fff' },
  paused: { fill: '#3fa7bd', edge: '#0c4f60', glyph: '#fff' },
  down: { fill: '#ec4034', edge: '#8c120b', glyph: '#fff' },
  // A grey with a contrast of 3:1 to both panels, as the idle icon has only thin shapes.
  idle: { fill: '#7d8695', edge: '#697282', glyph: 'none' },
  error: { fill: '#d946a6', edge: '#7d0f57', glyph: '#fff' },
}

/** @typedef {keyof typeof COLOURS} IconState */

const drawing = await readFile(path.join(root, 'resources/icons.svg'), 'utf8')
const defs = drawing.slice(drawing.indexOf('<defs>'), drawing.indexOf('</defs>') + '</defs>'.length)

/** An SVG with all drawings defined. @param {number} grid @param {string} body */
export const svg = (grid, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${grid}" height="${grid}" viewBox="0 0 ${grid} ${grid}">${defs}${body}</svg>`

/** What a state looks like in colour: references to its shape and its glyph. @param {IconState} state */
export function stateBody(state) {
  const { fill, edge, glyph } = COLOURS[state]
  return (
    `<use href="#${state}-shape" fill="${fill}" stroke="${edge}" stroke-width="1.8"/>` +
    `<use href="#${state}-glyph" fill="${glyph}" stroke="${glyph}"/>`
  )
}

/** The drawing with an id, without the others. @param {string} id */
function definition(id) {
  const tag = /<(g|linearGradient) id="ID"/.source.replace('ID', id)
  const start = new RegExp(tag).exec(drawing)
  if (start === null) throw new Error(`resources/icons.svg has no ${id}`)
  const rest = drawing.slice(start.index)
  // A drawing may hold groups itself.
  let depth = 0
  for (const { 0: text, index } of rest.matchAll(/<(\/?)(?:g|linearGradient)\b/g)) {
    depth += text.startsWith('</') ? -1 : 1
    if (depth === 0) return rest.slice(0, rest.indexOf('>', index) + 1).replaceAll(/\s+/g, ' ')
  }
  throw new Error(`resources/icons.svg does not end ${id}`)
}

/** @param {number} grid @param {readonly string[]} ids @param {string} body */
const small = (grid, ids, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${grid} ${grid}"><defs>${ids.map(definition).join('')}</defs>${body}</svg>\n`

/** The files of the pages by name, below `src-renderer/`: the app's icon, and the tray's icon for each state. */
export function pageIcons() {
  const states = /** @type {IconState[]} */ (Object.keys(COLOURS))
  return new Map([
    // The tray's and the window's icon have a margin, which a tab has not.
    [
      'public/favicon.svg',
      small(1024, ['app-ground', 'app'], '<use href="#app"/>').replace('0 0 1024 1024', '92 92 840 840'),
    ],
    ...states.map(
      (state) =>
        /** @type {[string, string]} */ ([
          `icons/${state}.svg`,
          small(32, [`${state}-shape`, `${state}-glyph`], stateBody(state)),
        ]),
    ),
  ])
}
