/** The file that starts this app again. */
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** The long form of a path, which Windows may give in a short form; the path itself if it cannot be resolved. */
function realPath(name: string): string {
  try {
    return realpathSync.native(name)
  } catch {
    // The file does not exist or cannot be read, so its name is compared as it is.
    return path.resolve(name)
  }
}

function isBelow(file: string, folder: string | undefined): boolean {
  if (folder === undefined || folder === '') return false
  const relative = path.relative(realPath(folder), realPath(file))
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)
}

/**
 * The file to start the app with after this process has ended.
 *
 * An AppImage and a portable .exe run from a folder that exists only during the run; they name their own file in the
 * environment. Programs that they start inherit these variables, so the folder of this process is compared as well.
 */
export function programFile(): string {
  const { APPDIR, APPIMAGE, PORTABLE_EXECUTABLE_FILE } = process.env
  if (APPIMAGE !== undefined && isBelow(process.execPath, APPDIR)) return APPIMAGE
  if (PORTABLE_EXECUTABLE_FILE !== undefined && isBelow(process.execPath, tmpdir())) {
    return PORTABLE_EXECUTABLE_FILE
  }
  return process.execPath
}
