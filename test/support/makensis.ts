/** Compiles the project's part of the Windows installer with makensis. */
import path from 'node:path'
import { check, type Tool } from './system-tools.ts'

const HARNESS = path.join(import.meta.dirname, 'installer.nsi')

export interface Compiled {
  /** The instructions of each section in their order, as makensis prints them: macros and defines are resolved. */
  readonly install: readonly string[]
  readonly uninstall: readonly string[]
}

export const MAKENSIS: Tool = { command: 'makensis', from: 'Debian’s package nsis' }

/**
 * Compiles a file with the macros `customInstall` and `customUnInstall` as electron-builder includes it.
 * @param out the installer that is written
 * @throws {Error} with what makensis says, also where it only warns
 */
export function compileInstaller(macros: string, out: string): Compiled {
  // -WX: a warning is an error; -V4 prints the instructions.
  const args = ['-INPUTCHARSET', 'UTF8', '-WX', '-V4', `-DMACROS=${macros}`, `-DOUT=${out}`, HARNESS]
  const stdout = check(MAKENSIS.command, args)
  const sections = stdout.split(/^Section: .*$/m).slice(1)
  const [install = [], uninstall = []] = sections.map((text) =>
    (text.split(/^SectionEnd$/m)[0] ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('!')),
  )
  return { install, uninstall }
}
