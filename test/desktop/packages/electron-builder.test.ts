/** What the packages are described with. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { APP_ID, APP_NAME, FILE_NAME } from '../../../src-main/desktop/system/names.ts'
import { root } from '../../support/packing.ts'

interface Target {
  readonly artifactName: string
  readonly target: readonly (string | { readonly target: string; readonly arch: readonly string[] })[]
}

const config = parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')) as {
  readonly appId: string
  readonly productName: string
  readonly publish: unknown
  readonly win: Target
  readonly mac: Target
  readonly linux: Target & { readonly executableName: string }
  readonly nsis: {
    readonly artifactName: string
    readonly include: string
    readonly buildUniversalInstaller: unknown
  }
  readonly portable: {
    readonly artifactName: string
    readonly unpackDirName: unknown
    readonly buildUniversalInstaller: unknown
  }
  readonly toolsets: { readonly appimage: string }
  readonly appImage: { readonly executableArgs: readonly string[] }
}
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, unknown>

test('the app goes by the same names inside and outside', () => {
  expect(config.appId).toBe(APP_ID)
  expect([config.productName, manifest['productName']]).toEqual([APP_NAME, APP_NAME])
  expect([config.linux.executableName, manifest['name']]).toEqual([FILE_NAME, FILE_NAME])
})

// NsisTarget of app-builder-lib defines UNPACK_DIR_NAME, one folder per build, unless the option is `true`; the portable
// program deletes that folder at its start.
test('a second start of the portable program does not delete the files of the first one', () => {
  expect(config.portable.unpackDirName).toBe(true)
})

test('every target of the three systems, for both processors', () => {
  const names = ({ target }: Target): string[] =>
    target.map((one) => (typeof one === 'string' ? one : `${one.target} ${one.arch.join('+')}`))
  expect(names(config.win)).toEqual(['nsis x64+arm64', 'portable x64+arm64'])
  // One file for each processor: a universal installer is twice as large.
  expect(config.nsis.buildUniversalInstaller).toBe(false)
  expect(config.portable.buildUniversalInstaller).toBe(false)
  expect(names(config.mac)).toEqual(['dmg x64+arm64', 'zip x64+arm64'])
  expect(names(config.linux)).toEqual(['AppImage x64+arm64', 'deb x64+arm64', 'tar.gz x64+arm64'])
  expect(config.publish).toBeNull()
})

test('the installer and the portable program do not overwrite each other', () => {
  expect(config.nsis.artifactName).not.toBe(config.portable.artifactName)
})

test('the AppImage asks for its sandbox', () => {
  expect(config.toolsets.appimage).not.toBe('0.0.0')
  expect(config.appImage.executableArgs).toEqual([])
})
