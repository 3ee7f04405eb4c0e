/** Launch at login on Linux: an autostart entry as freedesktop.org describes it. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readText } from '../settings/file.ts'
import { APP_NAME, FILE_NAME } from './names.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The entry's file. Pure. */
export function autostartFile(env: Env, home: string): string {
  const config = env['XDG_CONFIG_HOME']
  const base =
    config !== undefined && path.posix.isAbsolute(config) ? config : path.posix.join(home, '.config')
  return path.posix.join(base, 'autostart', `${FILE_NAME}.desktop`)
}

/**
 * One argument of an `Exec` line: in double quotes, with the characters escaped that a shell would read there,
 * the whole escaped once more as a string of a desktop entry, and `%` doubled since it begins a field code.
 */
function quoted(argument: string): string {
  const escaped = argument.replaceAll(/["`$\\]/g, '\\$&').replaceAll('\\', '\\\\')
  return `"${escaped.replaceAll('%', '%%')}"`
}

/** The entry that starts a command at login. Pure. */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    `Name=${APP_NAME}`,
    'Comment=One machine-learning URL for Immich in front of several backends',
    `Exec=${command.map(quoted).join(' ')}`,
    `Icon=${FILE_NAME}`,
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/**
 * Writes or removes the entry, only where that changes something.
 * Throws where the folder cannot be written.
 */
export function setAutostart(file: string, command: readonly string[] | undefined): void {
  if (command === undefined) {
    rmSync(file, { force: true })
    return
  }
  const entry = autostartEntry(command)
  if (readText(file) === entry) return
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, entry)
  renameSync(`${file}.new`, file)
}
