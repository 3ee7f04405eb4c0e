/** Where the window stands: remembered in a file of its own, judged against the displays of today. */
import { renameSync, writeFileSync } from 'node:fs'
import type { Rectangle } from 'electron'
import * as z from 'zod'
import { WINDOW_MIN_SIZE, WINDOW_SIZE } from '../limits.ts'
import { FILE_MODE, readText } from '../../settings/file.ts'

export const WINDOW_FILE = 'window.json'

const placeSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  maximized: z.boolean(),
})

/** The window as it was left. */
export type Place = z.infer<typeof placeSchema>

/** Where to open the window; without x and y the system centres it. */
export interface Opening {
  readonly bounds: Partial<Rectangle> & Pick<Rectangle, 'width' | 'height'>
  readonly maximized: boolean
}

/** This much of the title bar must be on a display, or nobody could move the window back, in pixels. */
const GRIP = { width: 120, height: 32 } as const

function overlap(startA: number, lengthA: number, startB: number, lengthB: number): number {
  return Math.min(startA + lengthA, startB + lengthB) - Math.max(startA, startB)
}

const clamp = (value: number, min: number, max: number): number => Math.max(Math.min(value, max), min)

/**
 * Where the window opens. A display may have been unplugged or made smaller since it was closed.
 * @param workAreas of all displays, the primary one first
 */
export function openingOf(place: Place | undefined, workAreas: readonly Rectangle[]): Opening {
  const held =
    place &&
    workAreas.find(
      (area) =>
        overlap(place.x, place.width, area.x, area.width) >= GRIP.width &&
        overlap(place.y, GRIP.height, area.y, area.height) >= GRIP.height,
    )
  const area = held ?? workAreas[0]
  const wanted = place ?? { ...WINDOW_SIZE, maximized: false }
  const width = clamp(wanted.width, WINDOW_MIN_SIZE.width, area?.width ?? wanted.width)
  const height = clamp(wanted.height, WINDOW_MIN_SIZE.height, area?.height ?? wanted.height)
  const position = place !== undefined && held !== undefined ? { x: place.x, y: place.y } : {}
  return { bounds: { ...position, width, height }, maximized: wanted.maximized }
}

/** The remembered place; a file that is missing or broken is as good as none. */
export function readPlace(file: string): Place | undefined {
  try {
    return placeSchema.safeParse(JSON.parse(readText(file) ?? 'null')).data
  } catch {
    // Half a file or no rights to read it: the window opens where a new one would.
    return undefined
  }
}

/** Writes the place atomically: the session may end at any moment. Throws where it cannot be written. */
export function writePlace(file: string, place: Place): void {
  const next = `${file}.new`
  writeFileSync(next, `${JSON.stringify(place)}\n`, { mode: FILE_MODE })
  renameSync(next, file)
}
