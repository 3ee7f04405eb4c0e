/** The Windows installer: what this project adds to electron-builder's is compiled, and its instructions are read. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { APP_ID, APP_NAME, TOAST_ACTIVATOR_CLSID } from '../../../src-main/desktop/system/names.ts'
import { folderOfFile } from '../../support/folder.ts'
import { compileInstaller, MAKENSIS, type Compiled } from '../../support/makensis.ts'
import { root } from '../../support/packing.ts'
import { hasTool } from '../../support/system-tools.ts'

const { nsis } = parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')) as {
  readonly nsis: { readonly include: string }
}
const folder = folderOfFile()

const PROGRAM = `program="$INSTDIR\\${APP_NAME}.exe"`
const ADD_RULE = `advfirewall firewall add rule name="${APP_NAME}" dir=in action=allow profile=private protocol=TCP ${PROGRAM} enable=yes`
const DELETE_RULE = `advfirewall firewall delete rule name="${APP_NAME}" ${PROGRAM}`
const REMEMBERED = 'HKCU\\Software\\immich-ml-proxy'
const IS_SILENT = expect.stringMatching(/^IfSilent \?\w+:$/) as string

/** The instructions that run netsh: at once for an administrator, by a question of Windows for others. */
const netsh = (lines: readonly string[]): string[] =>
  lines.filter((line, index) => /netsh\.exe" "?advf/.test(line) || lines[index + 1]?.startsWith('ExecShell'))

/** What {@link netsh} is to find for one call of netsh. */
const asAdministrator = (call: string): string[] => [
  `Plugin command: Exec "$SYSDIR\\netsh.exe" ${call}`,
  IS_SILENT,
  `ExecShellWait: runas: "$SYSDIR\\netsh.exe" "${call}" SW_HIDE`,
]

// makensis does not print the answer of a silent installation, so that the script itself is read here.
test('every question of the installer has an answer for a silent installation: no', () => {
  const questions = readFileSync(path.join(root, nsis.include), 'utf8').match(/MessageBox .*/g) ?? []
  expect(questions.map((line) => /\/SD (ID\w+)/.exec(line)?.[1])).toEqual(['IDNO', 'IDOK'])
})

describe.skipIf(!hasTool(MAKENSIS, 'the compilation of the Windows installer'))('the installer', () => {
  const out = path.join(folder, 'installer.exe')
  const compiled = (): Compiled => compileInstaller(path.join(root, nsis.include), out)

  test('compiles without a warning', () => {
    compiled()
    expect(existsSync(out)).toBe(true)
  })

  test('asks for a firewall rule once; a silent installation neither asks nor adds one', () => {
    const lines = compiled().install
    const question = lines.findIndex((line) => line.startsWith('MessageBox: ') && line.includes('May Immich'))
    // What leads past the question: the answer is known, for this folder or as a No, or the installation is silent.
    expect(lines.slice(0, 4)).toEqual([
      `ReadRegStr $0 ${REMEMBERED}\\FirewallRule`,
      expect.stringMatching(/^StrCmp "\$0" "\$INSTDIR" equal=\w+, nonequal=$/),
      expect.stringMatching(/^StrCmp "\$0" "no" equal=\w+, nonequal=$/),
      IS_SILENT,
    ])
    const adding = lines.findIndex((line) => line.includes('add rule'))
    expect(question > 3 && adding > question, `question ${question}, rule ${adding}`).toBe(true)
  })

  test('adds the rule for private networks, and remembers it only if a look finds it', () => {
    const lines = compiled().install
    expect(netsh(lines).filter((line) => !line.includes('show rule'))).toEqual(asAdministrator(ADD_RULE))
    const look = lines.findLastIndex((line) => line.includes('show rule'))
    const found = lines.findLastIndex((line) => /^StrCmp "\$0" "0" equal=, nonequal=\w+$/.test(line))
    const remembered = lines.indexOf(`WriteRegStr: ${REMEMBERED}\\FirewallRule=$INSTDIR`)
    expect(look > 0 && found > look && remembered === found + 1, lines.join('\n')).toBe(true)
    // A No is remembered too.
    expect(lines).toContain(`WriteRegStr: ${REMEMBERED}\\FirewallRule=no`)
  })

  test('resumes Immich’s queues before the app is gone, and not with an update', () => {
    const [condition, ...lines] = compiled().uninstall
    expect(condition).toMatch(/^StrCmp "\$CMDLINE" "--updated" equal=\w+, nonequal=$/)
    expect(lines.slice(0, 2).join('\n')).toContain(`"$INSTDIR\\${APP_NAME}.exe" --resume-queues`)
  })

  test('removes the rule, the login item and the notifications with the app, and not with an update', () => {
    const [condition, ...lines] = compiled().uninstall
    expect(condition).toMatch(/^StrCmp "\$CMDLINE" "--updated" equal=\w+, nonequal=$/)
    expect(netsh(lines)).toEqual(asAdministrator(DELETE_RULE))
    const run = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion'
    for (const wanted of [
      `DeleteRegKey: ${REMEMBERED}`,
      // Under the names that the app gives itself.
      `DeleteRegValue: ${run}\\Run\\${APP_ID}`,
      `DeleteRegValue: ${run}\\Explorer\\StartupApproved\\Run\\${APP_ID}`,
      `DeleteRegKey: HKCU\\Software\\Classes\\CLSID\\${TOAST_ACTIVATOR_CLSID}`,
      `Delete: "$0\\Microsoft\\Windows\\Start Menu\\Programs\\${APP_NAME}.lnk"`,
    ])
      expect(lines).toContain(wanted)
  })
})
