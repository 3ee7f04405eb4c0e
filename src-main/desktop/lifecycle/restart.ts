/** Starts the app again after a crash, but not again and again. */
import { spawn } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { app } from 'electron'
import * as z from 'zod'
import { RESTART_EVERY_MS } from '../limits.ts'
import { FILE_MODE, readText } from '../../settings/file.ts'
import { programFile } from '../system/program.ts'

const RESTART_FILE = 'restart.json'
/** `at`: time of the last restart in milliseconds since 1970. */
const fileSchema = z.object({ at: z.number() })

function lastRestart(file: string): number | undefined {
  try {
    return fileSchema.safeParse(JSON.parse(readText(file) ?? 'null')).data?.at
  } catch {
    // The file is truncated or cannot be read: it counts as if there was no restart yet.
    return undefined
  }
}

/**
 * Whether a restart is allowed: at most one in {@link RESTART_EVERY_MS}. If it is, it is noted in the user data folder.
 * Throws if that cannot be written: without the note an app that crashes at its start would restart without end.
 */
export function takeRestart(userDataDir: string, now: number): boolean {
  const file = path.join(userDataDir, RESTART_FILE)
  const at = lastRestart(file)
  // The clock may have been set back since.
  if (at !== undefined && Math.abs(now - at) < RESTART_EVERY_MS) return false
  writeFileSync(`${file}.new`, `${JSON.stringify({ at: now })}\n`, { mode: FILE_MODE })
  renameSync(`${file}.new`, file)
  return true
}

/** The arguments of a restart: as before, but without a window, and a password is not removed again. Pure. */
export function restartArguments(args: readonly string[]): string[] {
  return [...args.filter((arg) => arg !== '--reset-password' && arg !== '--hidden'), '--hidden']
}

/**
 * Starts the app again. The caller must end this process at once.
 *
 * app.relaunch() cannot start an AppImage or a portable .exe: it runs after this process has ended, when the folder
 * with the program is gone. So their own file is started before, and the lock is released for the new process.
 */
export function restartApp(): void {
  const args = restartArguments(process.argv.slice(1))
  const program = programFile()
  if (program === process.execPath) {
    app.relaunch({ args })
    return
  }
  app.releaseSingleInstanceLock()
  const child = spawn(program, args, { detached: true, stdio: 'ignore' })
  // Nothing can be done about an error here, as this process ends; the user sees that the app is not running.
  child.on('error', () => undefined)
  child.unref()
}
