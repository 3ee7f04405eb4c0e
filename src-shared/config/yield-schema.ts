/** The shape of `backends[].yield`: when a backend is paused by itself. Browser-safe. */
import * as z from 'zod'
import { MAX_IDLE_SECONDS, MAX_PROGRAM_CHARS, MAX_YIELD_ENTRIES } from '../limits.ts'
import { parseWindow } from '../schedule.ts'
import { notText, wholeNumber } from './common-schema.ts'

const yesNo = z.boolean({ error: 'must be true or false' })

/** Why a text cannot be a window of the schedule, as the end of a sentence; undefined where it can. */
export function windowProblem(text: string): string | undefined {
  const window = parseWindow(text)
  return typeof window === 'string' ? window : undefined
}

/** Why a text cannot be the name of a program, as the end of a sentence; undefined where it can. */
export function programProblem(text: string): string | undefined {
  if (text === '') return 'is empty; write for example blender.exe'
  if (text.length > MAX_PROGRAM_CHARS) return `is longer than ${MAX_PROGRAM_CHARS} characters`
  // Names are compared whole, so that a folder or a sign of a search pattern would never be found.
  if (/[\\/*?"<>|\p{Cc}]/u.test(text)) return 'must be the name alone, like blender.exe, without its folder'
  return undefined
}

function listOf(problemOf: (text: string) => string | undefined, what: string): z.ZodType<string[]> {
  const entry = z
    .string({ error: notText })
    .trim()
    .superRefine((text, context) => {
      const problem = problemOf(text)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
  return z
    .array(entry, { error: `must be a list of ${what}` })
    .max(MAX_YIELD_ENTRIES, `has more than ${MAX_YIELD_ENTRIES} entries`)
}

export const yieldSchema = z.looseObject(
  {
    /** Windows of the week in local time, as "Mon-Fri 17:00-23:00". */
    schedule: listOf(windowProblem, 'texts like "Mon-Fri 17:00-23:00"').optional(),
    /** Names of programs; paused while one of them runs on this computer. */
    programs: listOf(programProblem, 'names of programs like "blender.exe"').optional(),
    /** Paused while Steam or GameMode says that a game runs. */
    games: yesNo.optional(),
    /** Paused while this computer runs on its battery. In the app alone. */
    onBattery: yesNo.optional(),
    /** Paused while the last input at this computer is younger; 0 is never. In the app alone. */
    idleSeconds: wholeNumber(0, MAX_IDLE_SECONDS, ' (seconds)').optional(),
    /**
     * Whether it still takes text queries that no other backend can take, while a rule pauses it. Without `manage` it
     * does.
     */
    keepSearch: yesNo.optional(),
  },
  { error: 'must be an object, like {"games": true}' },
)

export type YieldConfig = z.infer<typeof yieldSchema>
