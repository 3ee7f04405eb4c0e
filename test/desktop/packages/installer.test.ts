/** The Windows installer: what this project adds to electron-builder's is compiled, and its instructions are read. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { APP_ID, APP_NAME } from '../../../src-main/desktop/system/names.ts'
import { folderOfFile } from '../../support/folder.ts'
import { compileInstaller, makensisProblem, type Compiled } from '../../support/makensis.ts'
import { root } from '../../support/packing.ts'

const problem = makensisProblem()
if (problem !== undefined) {
  console.warn(`skipped: compiling the Windows installer needs makensis, Debian's package nsis (${problem})`)
}

const { nsis } = parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')) as {
  readonly nsis: { readonly include: string }
}
const folder = folderOfFile()

const NETSH = 'runas: "$SYSDIR\\netsh.exe"'
const RULE = `name="${APP_NAME}"`
const REMEMBERED = 'HKCU\\Software\\immich-ml-proxy'

describe.skipIf(problem !== undefined)('the installer', () => {
  const out = path.join(folder, 'installer.exe')
  const compiled = (): Compiled => compileInstaller(path.join(root, nsis.include), out)

  test('compiles without a warning', () => {
    compiled()
    expect(existsSync(out)).toBe(true)
  })

  test('asks for a firewall rule once, and a silent installation neither asks nor adds one', () => {
    const lines = compiled().install
    const question = lines.findIndex((line) => line.startsWith('MessageBox: ') && line.includes('May Immich'))
    // What leads past the question: the answer is known, for this folder or as a No, or nobody looks at the screen.
    expect(lines.slice(0, question)).toEqual([
      `ReadRegStr $0 ${REMEMBERED}\\FirewallRule`,
      expect.stringMatching(/^StrCmp "\$0" "\$INSTDIR" equal=\w+, nonequal=$/),
      expect.stringMatching(/^StrCmp "\$0" "no" equal=\w+, nonequal=$/),
      expect.stringMatching(/^IfSilent \?\w+:$/),
    ])
    expect(lines.findIndex((line) => line.includes('add rule'))).toBeGreaterThan(question)
  })

  test('adds the rule for private networks, and remembers it only after a look whether it is there', () => {
    const lines = compiled().install
    const rule = `dir=in action=allow profile=private protocol=TCP program="$INSTDIR\\${APP_NAME}.exe" enable=yes`
    const wanted = [
      `ExecShellWait: ${NETSH} "advfirewall firewall add rule ${RULE} ${rule}" SW_HIDE`,
      `Plugin command: ExecToStack "$SYSDIR\\netsh.exe" advfirewall firewall show rule ${RULE}`,
      `WriteRegStr: ${REMEMBERED}\\FirewallRule=$INSTDIR`,
    ]
    expect(lines.filter((line) => wanted.includes(line))).toEqual(wanted)
    // A No is remembered too.
    expect(lines).toContain(`WriteRegStr: ${REMEMBERED}\\FirewallRule=no`)
  })

  test('takes rule and login item away with the app, and not with an update', () => {
    const [condition = '', ...lines] = compiled().uninstall
    const label = /^StrCmp "\$CMDLINE" "--updated" equal=(\w+), nonequal=$/.exec(condition)?.[1]
    expect(label, condition).toBeDefined()
    const run = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion'
    for (const wanted of [
      `ExecShellWait: ${NETSH} "advfirewall firewall delete rule ${RULE}" SW_HIDE`,
      `DeleteRegKey: ${REMEMBERED}`,
      // Under the names that the app gives itself.
      `DeleteRegValue: ${run}\\Run\\${APP_ID}`,
      `DeleteRegValue: ${run}\\Explorer\\StartupApproved\\Run\\${APP_ID}`,
    ])
      expect(lines).toContain(wanted)
  })
})
