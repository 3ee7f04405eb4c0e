/** The root folder and the version of the program's own package. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE_NAME = 'immich-ml-proxy'

interface PackageInfo {
  readonly root: string
  readonly version: string
}

/** Looks in the folders above this file, which is run from the sources, from `dist/`, or from the packed app. */
function findPackage(): PackageInfo {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const file = path.join(folder, 'package.json')
    if (existsSync(file)) {
      const parsed = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }
      if (parsed.name === PACKAGE_NAME) return { root: folder, version: parsed.version ?? '0.0.0' }
    }
    const parent = path.dirname(folder)
    if (parent === folder) throw new Error(`No package.json of ${PACKAGE_NAME} above this file`)
    folder = parent
  }
}

const info = findPackage()

export const packageRoot = info.root
export const version = info.version
