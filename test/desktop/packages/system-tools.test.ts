/** What tools of the system say of the files in the packages. Where a tool is missing its check says so. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { autostartEntry } from '../../../src-main/desktop/system/autostart.ts'
import { ICON_STATES } from '../../../src-main/desktop/tray/tray-icons.ts'
import { folderOfFile } from '../../support/folder.ts'
import { root } from '../../support/packing.ts'
import { check, hasTool } from '../../support/system-tools.ts'

const folder = folderOfFile()
const write = (name: string, text: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

/** The desktop entry of the packages for Linux, as electron-builder computes it; it writes it only into a package. */
async function packagedEntry(): Promise<string> {
  const load = createRequire(import.meta.url)
  const { Packager, Platform, Arch } = load('app-builder-lib') as typeof import('app-builder-lib')
  const { AppInfo } = load('app-builder-lib/out/appInfo') as {
    AppInfo: new (packager: unknown, version: null) => unknown
  }
  const { LinuxTargetHelper } = load('app-builder-lib/out/targets/LinuxTargetHelper') as {
    LinuxTargetHelper: new (packager: unknown) => { computeDesktopEntry(options: unknown): Promise<string> }
  }
  const packager = new Packager({ projectDir: root, targets: Platform.LINUX.createTarget('dir', Arch.x64) })
  await packager.validateConfig()
  Object.assign(packager, { _appInfo: new AppInfo(packager, null) })
  const inside = packager as unknown as {
    createHelper(platform: unknown): Promise<{ platformSpecificBuildOptions: unknown }>
  }
  const linux = await inside.createHelper(Platform.LINUX)
  return new LinuxTargetHelper(linux).computeDesktopEntry(linux.platformSpecificBuildOptions)
}

const VALIDATE = { command: 'desktop-file-validate', from: 'Debian’s package desktop-file-utils' }

describe.skipIf(!hasTool(VALIDATE, 'the check of the desktop entries'))(
  'desktop-file-validate accepts',
  () => {
    const validate = (text: string): string =>
      check(VALIDATE.command, [write('immich-ml-proxy.desktop', text)])

    test('the entry of the packages', async () => {
      expect(validate(await packagedEntry())).toBe('')
    })

    test.each([
      [['/opt/Immich ML Proxy/immich-ml-proxy', '--hidden']],
      [['/home/me/a$b"c`d%e\\f.AppImage', '--x=a b']],
    ])('the autostart entry of %j', (command) => {
      expect(validate(autostartEntry(command))).toBe('')
    })

    test('and no broken one', () => {
      expect(() => validate(autostartEntry(['/opt/app']).replace('Type=', 'Kind='))).toThrow('Type')
    })
  },
)

const ICOTOOL = { command: 'icotool', from: 'Debian’s package icoutils' }

test.skipIf(!hasTool(ICOTOOL, 'the check of the .ico files'))('icotool reads every .ico', () => {
  const tray = ICON_STATES.flatMap((state) => [`tray/win32/${state}.ico`, `tray/win32/${state}-debug.ico`])
  const sizes = (name: string): number[] =>
    [
      ...check(ICOTOOL.command, ['--list', path.join(root, 'resources', name)]).matchAll(/--width=(\d+)/g),
    ].map(([, width]) => Number(width))
  for (const name of tray) expect(sizes(name), name).toEqual([16, 20, 24, 32])
  expect(sizes('icon.ico')).toEqual([16, 24, 32, 48, 64, 128, 256])
})

const ICNS2PNG = { command: 'icns2png', from: 'Debian’s package icnsutils' }

// Its library knows only the three largest types; test/desktop/packages/icons.test.ts reads the others.
test.skipIf(!hasTool(ICNS2PNG, 'the check of icon.icns'))('icns2png reads icon.icns', () => {
  const icon = path.join(root, 'resources/icon.icns')
  expect(check(ICNS2PNG.command, ['--list', icon])).toContain('10 elements total')
  check(ICNS2PNG.command, ['--extract', '--output', folder, icon])
  for (const size of [256, 512, 1024]) expect(readdirSync(folder)).toContain(`icon_${size}x${size}x32.png`)
})

const BASH = { command: 'bash', from: 'Debian’s package bash' }

test.skipIf(!hasTool(BASH, 'the check of the scripts of the deb'))(
  'bash accepts the scripts of the deb',
  () => {
    const templates = path.join(root, 'node_modules/app-builder-lib/templates/linux')
    for (const name of ['after-install.tpl', 'after-remove.tpl']) {
      const script = readFileSync(path.join(templates, name), 'utf8')
        .replaceAll('${executable}', 'immich-ml-proxy')
        .replaceAll('${sanitizedProductName}', 'Immich ML Proxy')
      expect(script).not.toMatch(/\$\{(executable|sanitizedProductName)\}/)
      expect(check(BASH.command, ['-n', write(name, script)])).toBe('')
    }
  },
)

const ACTIONLINT = { command: 'actionlint', from: 'github.com/rhysd/actionlint' }

test.skipIf(!hasTool(ACTIONLINT, 'the check of the workflows'))('actionlint accepts the workflows', () => {
  const workflows = path.join(root, '.github/workflows')
  const files = readdirSync(workflows).map((name) => path.join(workflows, name))
  expect(check(ACTIONLINT.command, ['-no-color', ...files])).toBe('')
})
