/** Launch at login on Linux: an entry of the freedesktop.org Desktop Application Autostart Specification. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readText } from '../../settings/file.ts'
import { APP_NAME, FILE_NAME } from './names.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Path of the autostart entry. Pure. */
export function autostartFile(env: Env, home: string): string {
  const config = env['XDG_CONFIG_HOME']
  const base =
    config !== undefined && path.posix.isAbsolute(config) ? config : path.posix.join(home, '.config')
  return path.posix.join(base, 'autostart', `${FILE_NAME}.desktop`)
}

/** Escapes a string for a value of a desktop entry. */
const escapeValue = (text: string): string => text.replaceAll('\\', '\\\\')
const unescapeValue = (value: string): string => value.replaceAll('\\\\', '\\')

/**
 * Quotes one argument of an `Exec` line. The characters that a shell interprets inside double quotes are escaped, and
 * `%` is doubled because it begins a field code.
 */
function quote(argument: string): string {
  return `"${argument.replaceAll(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`
}

function unquote(argument: string): string {
  const inner = argument.startsWith('"') ? argument.slice(1, -1).replaceAll(/\\(.)/g, '$1') : argument
  return inner.replaceAll('%%', '%')
}

/** The entry that runs a command at login. Pure. */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    `Name=${APP_NAME}`,
    'Comment=One machine-learning URL for Immich in front of several backends',
    `Exec=${escapeValue(command.map(quote).join(' '))}`,
    `Icon=${FILE_NAME}`,
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/** Whether an entry is enabled; the settings of the desktop disable one by adding a line to it. Pure. */
function isEnabled(entry: string): boolean {
  return !/^(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(entry)
}

/** Replaces the program of an entry and keeps its arguments. Returns undefined if the entry has no program. Pure. */
function replaceProgram(entry: string, choose: (program: string) => string): string | undefined {
  const [line, value] = /^Exec=(.*)$/m.exec(entry) ?? []
  const [, program, rest] = /^("(?:[^"\\]|\\.)*"|\S+)(.*)$/.exec(unescapeValue(value ?? '')) ?? []
  if (line === undefined || program === undefined || rest === undefined) return undefined
  const next = `Exec=${escapeValue(quote(choose(unquote(program))) + rest)}`
  return entry.replace(line, () => next)
}

/** Whether an enabled entry exists. Throws if the file cannot be read. */
export function hasAutostart(file: string): boolean {
  const entry = readText(file)
  return entry !== undefined && isEnabled(entry)
}

function write(file: string, entry: string): void {
  if (readText(file) === entry) return
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, entry)
  renameSync(`${file}.new`, file)
}

/**
 * Writes the entry, or removes it if `command` is undefined. An entry that is right already is not written again.
 * Throws if the folder cannot be written.
 */
export function setAutostart(file: string, command: readonly string[] | undefined): void {
  if (command === undefined) rmSync(file, { force: true })
  else write(file, autostartEntry(command))
}

/**
 * Puts `program` into an entry whose program no longer exists, as after an AppImage was moved. A missing or disabled
 * entry stays as it is, because the user removed or disabled it. Throws if the file cannot be read or written.
 */
export function repairAutostart(file: string, program: string): void {
  const entry = readText(file)
  if (entry === undefined || !isEnabled(entry)) return
  const next = replaceProgram(entry, (old) => (existsSync(old) ? old : program))
  if (next !== undefined) write(file, next)
}
