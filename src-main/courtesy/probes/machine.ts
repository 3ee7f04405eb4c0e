/** The computer that is looked at; another one in tests. */
import { homedir } from 'node:os'
import path from 'node:path'
import { commandRunner, type RunCommand } from './command.ts'

export interface Machine {
  readonly platform: NodeJS.Platform
  /** The home folder of the user that this program runs as. */
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly run: RunCommand
}

export function thisMachine(): Machine {
  return { platform: process.platform, home: homedir(), env: process.env, run: commandRunner(process.env) }
}

/**
 * A program of Windows itself, by its whole path: for a bare name, Windows searches the current folder first, where any
 * program may have put a file of that name.
 */
export function windowsProgram({ env }: Machine, name: string): string {
  return path.join(env['SystemRoot'] ?? String.raw`C:\Windows`, 'System32', name)
}
