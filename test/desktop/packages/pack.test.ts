/** Packs the app for all systems that can be packed for here, inspects the packages, and boots what is in them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import * as asar from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeDriver } from '../../support/boot.ts'
import { freePort, isFree } from '../../support/ports.ts'
import { check, hasTool } from '../../support/system-tools.ts'
import { pack, packablePlatforms, runLimited, stageProject } from '../../support/packing.ts'
import { folderOfFile } from '../../support/folder.ts'

const MAX_ASAR_BYTES = 15 * 1024 * 1024
const BOOT_LIMIT_MS = 60_000

/** Readers of property lists; one of them is enough. */
const PLIST_TOOLS = [
  { command: 'plutil', args: ['-lint'], from: 'macOS' },
  { command: 'plistutil', args: ['-i'], from: 'Debian’s package libplist-utils' },
]

/** A fuse in the binary, as the character that stands for it. */
const FUSE_OFF = '0'.charCodeAt(0)
const FUSE_ON = '1'.charCodeAt(0)

const folder = folderOfFile()
const at = (...names: string[]): string => path.join(folder, ...names)

const PACKED = {
  linux: {
    binary: at('linux/linux-unpacked/immich-ml-proxy'),
    resources: at('linux/linux-unpacked/resources'),
    icon: 'resources/tray/linux/healthy-22.png',
  },
  win32: {
    binary: at('win32/win-unpacked/Immich ML Proxy.exe'),
    resources: at('win32/win-unpacked/resources'),
    icon: 'resources/tray/win32/healthy.ico',
  },
  darwin: {
    binary: at('darwin/mac/Immich ML Proxy.app'),
    resources: at('darwin/mac/Immich ML Proxy.app/Contents/Resources'),
    icon: 'resources/tray/darwin/healthyTemplate@2x.png',
  },
} as const
const ALL = ['linux', 'win32', 'darwin'] as const
const platforms = packablePlatforms(process.platform)
/** The package that is booted: the one with the icons of this system. */
const own = platforms.find((platform) => platform === process.platform) ?? 'linux'
/** Windows knows no signals; there a kill is an end without order. */
const hasSignals = process.platform !== 'win32'

const env = {
  ...process.env,
  HOME: at('home'),
  XDG_CONFIG_HOME: at('home/.config'),
  NODE_OPTIONS: '',
  NO_COLOR: '1',
}

beforeAll(async () => {
  mkdirSync(at('home'))
  stageProject(at('project'))
  const packed = await Promise.all(platforms.map((platform) => pack(platform, at('project'), at(platform))))
  for (const { code, output } of packed) expect(code, output).toBe(0)
  const { resources } = PACKED[own]
  asar.extractAll(path.join(resources, 'app.asar'), at('app'))
}, 240_000)

test('electron-builder is not asked to pack for macOS on Windows, where it refuses', () => {
  expect(packablePlatforms('win32')).not.toContain('darwin')
  for (const host of ['linux', 'darwin'] as const) expect(packablePlatforms(host)).toContain('darwin')
})

describe.each(platforms)('the package for %s', (platform) => {
  const { binary, resources, icon } = PACKED[platform]
  const archive = path.join(resources, 'app.asar')

  test('has its fuses flipped', async () => {
    const wire = await getCurrentFuseWire(binary)
    const off = [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
      FuseV1Options.GrantFileProtocolExtraPrivileges,
    ] as const
    const on = [
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
    ] as const
    for (const fuse of off) expect(wire[fuse], FuseV1Options[fuse]).toBe(FUSE_OFF)
    for (const fuse of on) expect(wire[fuse], FuseV1Options[fuse]).toBe(FUSE_ON)
  })

  test('holds what runs, and nothing else', () => {
    const size = statSync(archive).size
    console.log(`app.asar for ${platform}: ${(size / 1024 / 1024).toFixed(1)} MB`)
    expect(size).toBeLessThan(MAX_ASAR_BYTES)
    const files = asar
      .listPackage(archive, { isPack: false })
      .map((file) => file.slice(1).replaceAll('\\', '/'))
    const needed = [
      'package.json',
      'dist/src-main/main.js',
      'dist/src-main/cli.js',
      'dist/renderer/index.html',
      icon,
    ]
    for (const name of needed) expect(files).toContain(name)
    const top = new Set(files.map((file) => file.split('/')[0]))
    expect([...top].sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json', 'resources'])
    const other = ALL.filter((one) => one !== platform).map((one) => `resources/tray/${one}`)
    const unwanted = files.filter(
      (file) =>
        /\.(map|ts|md)$/.test(file) ||
        /^node_modules\/(electron|vite|vue|typescript|electron-builder)\//.test(file) ||
        other.some((start) => file.startsWith(start)),
    )
    expect(unwanted).toEqual([])
    const packed = JSON.parse(asar.extractFile(archive, 'package.json').toString()) as { bin: unknown }
    expect(packed.bin).toEqual({ 'immich-ml-proxy': 'dist/src-main/cli.js' })
  })
})

test.runIf(platforms.includes('darwin'))(
  'the app for macOS lives in the menu bar and may use the local network',
  () => {
    const plist = readFileSync(path.join(PACKED.darwin.binary, 'Contents/Info.plist'), 'utf8')
    expect(plist).toMatch(/<key>LSUIElement<\/key>\s*<true\/>/)
    expect(plist).toMatch(/<key>NSLocalNetworkUsageDescription<\/key>\s*<string>.{20,}<\/string>/)
    expect(plist).toContain('ElectronAsarIntegrity')
  },
)

const plist = PLIST_TOOLS.find((tool) => hasTool(tool, 'the check of Info.plist'))

test.skipIf(plist === undefined || !platforms.includes('darwin'))(
  'Info.plist is one, for a tool that reads them',
  () => {
    const file = path.join(PACKED.darwin.binary, 'Contents/Info.plist')
    check(plist?.command ?? '', [...(plist?.args ?? []), file])
  },
)

test('the program for Windows carries its name, its icon and the hash of its archive', () => {
  const executable = NtExecutable.from(readFileSync(PACKED.win32.binary), { ignoreCert: true })
  const { entries } = NtExecutableResource.from(executable)
  const [version] = Resource.VersionInfo.fromEntries(entries)
  expect(version?.getStringValues({ lang: 1033, codepage: 1200 })['ProductName']).toBe('Immich ML Proxy')
  expect(Resource.IconGroupEntry.fromEntries(entries)[0]?.icons.length).toBeGreaterThanOrEqual(7)
  expect(entries.some(({ type }) => type === 'INTEGRITY')).toBe(true)
})

test('what was packed serves headless in plain Node', async () => {
  const backend = createServer((_request, response) => response.end('pong')).listen(0, '127.0.0.1')
  await once(backend, 'listening')
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
  const config = { defaultBackend: 'nas', backends: [{ name: 'nas', url }] }
  mkdirSync(at('headless'))
  writeFileSync(at('headless/config.json'), JSON.stringify(config))
  const port = await freePort()
  const flags = ['--headless', `--port=${port}`, '--host=127.0.0.1', `--user-data-dir=${at('headless')}`]
  const child = spawn(process.execPath, [at('app/dist/src-main/cli.js'), ...flags], {
    env,
    timeout: BOOT_LIMIT_MS,
  })
  const ended = once(child, 'close')
  try {
    await expect
      .poll(() => fetch(`http://127.0.0.1:${port}/ping`).then((answer) => answer.text()), { timeout: 15_000 })
      .toBe('pong')
    const status = await fetch(`http://127.0.0.1:${port}/api/status`)
    expect(await status.json()).toMatchObject({ overall: 'healthy', desktop: false })
  } finally {
    child.kill('SIGTERM')
    backend.close()
  }
  const [code] = (await ended) as [number | null]
  if (hasSignals) expect(code).toBe(0)
  expect(await isFree(port)).toBe(true)
})

test('what was packed runs as a desktop app on the stand-in', async () => {
  const port = await freePort()
  const { driver, register } = writeDriver(at('driver'))
  const args = ['--import', register, driver, at('app'), at('desktop'), String(port)]
  const { code, output } = await runLimited(process.execPath, args, BOOT_LIMIT_MS, { env })
  expect(code, output).toBe(0)
  expect(output).toContain('step: a password')
  expect(output).toContain('step: quit')
  expect(output).toContain('answered: 200 {"clip":"[0.5]"}')
  expect(await isFree(port)).toBe(true)
})

// The test runs the code of the system it is on: only on Linux can there be no display.
test.runIf(process.platform === 'linux')('what was packed serves headless without a display', async () => {
  const port = await freePort()
  const { driver, register } = writeDriver(at('driver'))
  const args = ['--import', register, driver, at('app'), at('no-display'), String(port), 'headless']
  const child = spawn(process.execPath, args, { env, timeout: BOOT_LIMIT_MS })
  const ended = once(child, 'close')
  const status = (): Promise<unknown> =>
    fetch(`http://127.0.0.1:${port}/api/status`).then((answer) => answer.json())
  await expect.poll(status, { timeout: 15_000 }).toMatchObject({ desktop: false })
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(await isFree(port)).toBe(true)
})

test.runIf(hasSignals)('a signal ends the desktop app in order', async () => {
  const port = await freePort()
  const { driver, register } = writeDriver(at('driver'))
  const args = ['--import', register, driver, at('app'), at('signal'), String(port), 'until-signal']
  const child = spawn(process.execPath, args, { env, timeout: BOOT_LIMIT_MS })
  const ended = once(child, 'close')
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  await expect.poll(() => output, { timeout: 15_000 }).toContain('step: waiting')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(await isFree(port)).toBe(true)
})
