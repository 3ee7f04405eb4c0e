/** Watches source folders. */
import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'

/** Not the temporary files that editors write beside a source. */
const SOURCE = /\.(?:ts|json)$/

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * Calls back with the path of each source that is written, added or removed in some folders and below. The watch is
 * in force when this returns. One watcher a folder: `recursive` of `fs.watch` on Linux follows single files in
 * Node 20 and loses those that an editor replaces by renaming.
 * @returns the way to stop
 */
export function watchFolders(folders: readonly string[], onChange: (file: string) => void): () => void {
  const watchers = new Map<string, FSWatcher>()

  function drop(folder: string): void {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  function add(folder: string): void {
    if (watchers.has(folder)) return
    const watcher = watch(folder, (event, name) => {
      if (name === null) return
      const file = path.join(folder, name)
      // A folder may have been added or removed; on Linux the watcher of a removed folder reports its own end.
      if (event === 'rename' && isFolder(file)) add(file)
      if (!isFolder(folder)) drop(folder)
      if (SOURCE.test(name)) onChange(file)
    })
    // Windows reports a removed folder as an error.
    watcher.on('error', () => drop(folder))
    watchers.set(folder, watcher)
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) add(path.join(folder, entry.name))
    }
  }

  folders.forEach(add)
  return () => {
    for (const watcher of watchers.values()) watcher.close()
    watchers.clear()
  }
}
