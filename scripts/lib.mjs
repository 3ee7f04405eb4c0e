// What the scripts share: running tools of this project, and telling what is stale.
import { spawn } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

export const root = path.dirname(import.meta.dirname)

/**
 * The path of a tool installed in this project.
 * @param {string} name
 */
export function tool(name) {
  return path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name)
}

/**
 * Runs a command with the terminal of this process and resolves with its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      // Windows starts .cmd files only through its shell.
      shell: command.endsWith('.cmd'),
      ...options,
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
}

/**
 * The newest modification time below some files and folders, in milliseconds; 0 for what is not there.
 * @param {readonly string[]} names relative to the project
 */
export async function newest(names) {
  let time = 0
  for (const name of names) {
    const file = path.join(root, name)
    const info = await stat(file).catch(() => undefined)
    if (info === undefined) continue
    if (!info.isDirectory()) {
      time = Math.max(time, info.mtimeMs)
      continue
    }
    const inside = await readdir(file)
    time = Math.max(time, info.mtimeMs, await newest(inside.map((one) => path.join(name, one))))
  }
  return time
}
