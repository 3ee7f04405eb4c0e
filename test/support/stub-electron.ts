/**
 * Stubs of Electron's distributions: just enough for electron-builder to pack the app, flip the fuses and write
 * the icons and versions, without Electron's binary.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as asar from '@electron/asar'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'

/** What every binary of Electron holds for its fuses: the mark, the version of the format (1), their number, their defaults. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FUSES = Buffer.concat([
  Buffer.from(FUSE_SENTINEL, 'latin1'),
  Buffer.from([1, 9]),
  Buffer.from('101100100', 'latin1'),
])

const LANG_EN_US = 1033
const CODEPAGE_UNICODE = 1200

/** A real executable without code, with one version resource as Electron's has. */
function windowsExecutable(): Buffer {
  const executable = NtExecutable.createEmpty(false, false)
  const resources = NtExecutableResource.from(executable)
  const info = Resource.VersionInfo.createEmpty()
  info.lang = LANG_EN_US
  info.setFileVersion('45.0.0.0')
  info.setProductVersion('45.0.0.0')
  info.setStringValues({ lang: LANG_EN_US, codepage: CODEPAGE_UNICODE }, { ProductName: 'Electron' })
  info.outputToResourceEntries(resources.entries)
  resources.outputResource(executable)
  return Buffer.concat([Buffer.from(executable.generate()), FUSES])
}

const PLIST = (name: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>CFBundleExecutable</key><string>${name}</string>
<key>CFBundleIdentifier</key><string>com.github.Electron.stub</string>
<key>CFBundleName</key><string>${name}</string>
<key>CFBundlePackageType</key><string>APPL</string>
</dict></plist>
`

type Files = Record<string, string | Buffer>

function macFiles(): Files {
  const contents = 'Electron.app/Contents'
  const files: Files = {
    [`${contents}/Info.plist`]: PLIST('Electron'),
    [`${contents}/MacOS/Electron`]: 'stub',
    [`${contents}/Resources/electron.icns`]: 'stub',
    [`${contents}/Frameworks/Electron Framework.framework/Electron Framework`]: FUSES,
  }
  for (const kind of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
    const name = `Electron Helper${kind}`
    files[`${contents}/Frameworks/${name}.app/Contents/Info.plist`] = PLIST(name)
    files[`${contents}/Frameworks/${name}.app/Contents/MacOS/${name}`] = 'stub'
  }
  return files
}

export type StubPlatform = 'linux' | 'win32' | 'darwin'

const FILES: Readonly<Record<StubPlatform, () => Files>> = {
  linux: () => ({
    electron: Buffer.concat([Buffer.from('\x7fELF'), FUSES]),
    'chrome-sandbox': 'stub',
    'locales/en-US.pak': 'stub',
  }),
  win32: () => ({ 'electron.exe': windowsExecutable(), 'locales/en-US.pak': 'stub' }),
  darwin: macFiles,
}

/** Writes the stub of a platform's distribution into a folder. */
export async function writeStub(platform: StubPlatform, folder: string): Promise<void> {
  const resources = platform === 'darwin' ? 'Electron.app/Contents/Resources' : 'resources'
  const files: Files = {
    ...FILES[platform](),
    LICENSE: 'stub',
    'LICENSES.chromium.html': 'stub',
    version: '45.4.1',
  }
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content, { mode: 0o755 })
  }
  // Electron's own start page, which electron-builder must replace by the app.
  const page = `${folder}-page`
  mkdirSync(page)
  writeFileSync(path.join(page, 'package.json'), '{}')
  mkdirSync(path.join(folder, resources), { recursive: true })
  await asar.createPackage(page, path.join(folder, resources, 'default_app.asar'))
}
