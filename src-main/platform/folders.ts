/** Where the program keeps its files when it runs without Electron: in the folders that Electron would use. Pure. */
import path from 'node:path'

/** The name of the folder, which Electron takes from `productName` in package.json. */
export const APP_FOLDER = 'Immich ML Proxy'

/** The variable that names the user data folder, as `--user-data-dir` does. */
export const DATA_DIR_VARIABLE = 'IMP_DATA_DIR'

/** The folder that the environment names; undefined where the variable is absent or empty, as in `${NAME:-}`. */
export function namedFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const text = env[DATA_DIR_VARIABLE]?.trim() ?? ''
  return text === '' ? undefined : text
}

/**
 * The user data folder of a platform, as an absolute path.
 * @param env the environment: APPDATA on Windows, XDG_CONFIG_HOME on Linux
 * @param home the user's home folder
 */
export function userDataFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') {
    return path.win32.join(env['APPDATA'] ?? path.win32.join(home, 'AppData', 'Roaming'), APP_FOLDER)
  }
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Application Support', APP_FOLDER)
  const config = env['XDG_CONFIG_HOME']
  const base =
    config !== undefined && path.posix.isAbsolute(config) ? config : path.posix.join(home, '.config')
  return path.posix.join(base, APP_FOLDER)
}
