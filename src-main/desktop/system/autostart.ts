/** Launch at login on Linux: an autostart entry as freedesktop.org describes it. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readText } from '../../settings/file.ts'
import { APP_NAME, FILE_NAME } from './names.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The entry's file. Pure. */
export function autostartFile(env: Env, home: string): string {
  const config = env['XDG_CONFIG_HOME']
  const base =
    config !== undefined && path.posix.isAbsolute(config) ? config : path.posix.join(home, '.config')
  return path.posix.join(base, 'autostart', `${FILE_NAME}.desktop`)
}

/** A string as a desktop entry holds it, and back. */
const toValue = (text: string): string => text.replaceAll('\\', '\\\\')
const fromValue = (value: string): string => value.replaceAll('\\\\', '\\')

/**
 * One argument of an `Exec` line: in double quotes, with the characters escaped that a shell would read there, and
 * `%` doubled since it begins a field code.
 */
function quoted(argument: string): string {
  return `"${argument.replaceAll(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`
}

function unquoted(argument: string): string {
  const inner = argument.startsWith('"') ? argument.slice(1, -1).replaceAll(/\\(.)/g, '$1') : argument
  return inner.replaceAll('%%', '%')
}

/** The entry that starts a command at login. Pure. */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    `Name=${APP_NAME}`,
    'Comment=One machine-learning URL for Immich in front of several backends',
    `Exec=${toValue(command.map(quoted).join(' '))}`,
    `Icon=${FILE_NAME}`,
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/** Whether the desktop follows an entry: its settings switch one off by a line in it. Pure. */
function isFollowed(entry: string): boolean {
  return !/^(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/im.test(entry)
}

/** The entry with another program, its arguments as they are; undefined where it names none. Pure. */
function withProgram(entry: string, choose: (program: string) => string): string | undefined {
  const [line, value] = /^Exec=(.*)$/m.exec(entry) ?? []
  const [, program, rest] = /^("(?:[^"\\]|\\.)*"|\S+)(.*)$/.exec(fromValue(value ?? '')) ?? []
  if (line === undefined || program === undefined || rest === undefined) return undefined
  const next = `Exec=${toValue(quoted(choose(unquoted(program))) + rest)}`
  return entry.replace(line, () => next)
}

/** Whether the entry is there and the desktop follows it. Throws where it cannot be read. */
export function hasAutostart(file: string): boolean {
  const entry = readText(file)
  return entry !== undefined && isFollowed(entry)
}

function write(file: string, entry: string): void {
  if (readText(file) === entry) return
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, entry)
  renameSync(`${file}.new`, file)
}

/**
 * Writes or removes the entry, only where that changes something.
 * Throws where the folder cannot be written.
 */
export function setAutostart(file: string, command: readonly string[] | undefined): void {
  if (command === undefined) rmSync(file, { force: true })
  else write(file, autostartEntry(command))
}

/**
 * Mends an entry whose program is gone, as after an AppImage was moved. One that is missing or switched off stays
 * so: that is what somebody wanted. Throws where it cannot be read or written.
 */
export function repairAutostart(file: string, program: string): void {
  const entry = readText(file)
  if (entry === undefined || !isFollowed(entry)) return
  const next = withProgram(entry, (old) => (existsSync(old) ? old : program))
  if (next !== undefined) write(file, next)
}
