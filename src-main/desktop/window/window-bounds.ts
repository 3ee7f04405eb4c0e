/** Position and size of the window: stored in a file of its own, and adapted to the current displays. */
import { renameSync, writeFileSync } from 'node:fs'
import type { Rectangle } from 'electron'
import * as z from 'zod'
import { WINDOW_MIN_SIZE, WINDOW_SIZE } from '../limits.ts'
import { FILE_MODE, readText } from '../../settings/file.ts'

export const BOUNDS_FILE = 'window.json'

const boundsSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  maximized: z.boolean(),
})

/** The bounds of the window when it was closed. */
export type SavedBounds = z.infer<typeof boundsSchema>

/** The bounds to open the window with. Without x and y the system centres it. */
export interface InitialBounds {
  readonly bounds: Partial<Rectangle> & Pick<Rectangle, 'width' | 'height'>
  readonly maximized: boolean
}

/** Part of the title bar that must be visible so that the user can move the window, in pixels. */
const MIN_VISIBLE = { width: 120, height: 32 } as const

function overlap(startA: number, lengthA: number, startB: number, lengthB: number): number {
  return Math.min(startA + lengthA, startB + lengthB) - Math.max(startA, startB)
}

const clamp = (value: number, min: number, max: number): number => Math.max(Math.min(value, max), min)

/**
 * The bounds to open the window with. The display it was on may have been disconnected or made smaller.
 * @param workAreas the work areas of all displays, the primary one first
 */
export function initialBounds(
  saved: SavedBounds | undefined,
  workAreas: readonly Rectangle[],
): InitialBounds {
  const visibleOn =
    saved &&
    workAreas.find(
      (area) =>
        overlap(saved.x, saved.width, area.x, area.width) >= MIN_VISIBLE.width &&
        overlap(saved.y, MIN_VISIBLE.height, area.y, area.height) >= MIN_VISIBLE.height,
    )
  const area = visibleOn ?? workAreas[0]
  const wanted = saved ?? { ...WINDOW_SIZE, maximized: false }
  const width = clamp(wanted.width, WINDOW_MIN_SIZE.width, area?.width ?? wanted.width)
  const height = clamp(wanted.height, WINDOW_MIN_SIZE.height, area?.height ?? wanted.height)
  const position = saved !== undefined && visibleOn !== undefined ? { x: saved.x, y: saved.y } : {}
  return { bounds: { ...position, width, height }, maximized: wanted.maximized }
}

/** Reads the saved bounds; undefined if the file is missing or invalid. */
export function readBounds(file: string): SavedBounds | undefined {
  try {
    return boundsSchema.safeParse(JSON.parse(readText(file) ?? 'null')).data
  } catch {
    // The file is truncated or cannot be read: the window opens with the default bounds.
    return undefined
  }
}

/** Writes the bounds atomically, as the session may end at any moment. Throws if the file cannot be written. */
export function writeBounds(file: string, bounds: SavedBounds): void {
  const next = `${file}.new`
  writeFileSync(next, `${JSON.stringify(bounds)}\n`, { mode: FILE_MODE })
  renameSync(next, file)
}
