/** The Windows installer. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { APP_ID } from '../../../src-main/desktop/system/names.ts'
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
  readonly nsis: { readonly artifactName: string; readonly include: string }
  readonly portable: { readonly artifactName: string }
  readonly toolsets: { readonly appimage: string }
  readonly appImage: { readonly executableArgs: readonly string[] }
}

describe('the installer', () => {
  const script = readFileSync(path.join(root, config.nsis.include), 'utf8')

  test('offers a firewall rule for private networks, and takes it away again', () => {
    expect(script).toMatch(/!macro customInstall[^]*MessageBox MB_YESNO[^]*add rule[^]*profile=private/)
    expect(script).toMatch(/!macro customUnInstall[^]*delete rule/)
    // A silent installation asks nobody and changes no firewall.
    expect(script).toContain('/SD IDNO')
  })

  test('looks whether the rule is there before it remembers one, and remembers a No', () => {
    expect(script).toMatch(/add rule[^]*insertmacro findFirewallRule[^]*WriteRegStr[^\n]*"\$INSTDIR"/)
    expect(script).toMatch(/WriteRegStr[^\n]*FIREWALL_REFUSED/)
  })

  test('takes the login item away with the app, not with an update', () => {
    expect(script).toContain(`!define RUN_NAME "${APP_ID}"`)
    expect(script).toMatch(
      /ifNot} \${isUpdated}[^]*DeleteRegValue HKCU "\${RUN_KEY}" "\${RUN_NAME}"[^]*endIf}/,
    )
  })
})
