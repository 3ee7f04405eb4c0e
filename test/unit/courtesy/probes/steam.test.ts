import { describe, expect, test } from 'vitest'
import { runningAppId } from '../../../../src-main/courtesy/probes/steam.ts'
import { vdfValue } from '../../../../src-main/courtesy/probes/vdf.ts'

describe('Steam', () => {
  test.each([
    ['\r\nHKEY_CURRENT_USER\\Software\\Valve\\Steam\r\n    RunningAppID    REG_DWORD    0x2da\r\n\r\n', 730],
    ['    RunningAppID    REG_DWORD    0x0\r\n', 0],
    ['', undefined],
  ])('what reg prints: %j', (output, id) => expect(runningAppId(output)).toBe(id))

  const PATH = ['Registry', 'HKCU', 'Software', 'Valve', 'Steam', 'RunningAppID']
  const vdf = (steam: string): string =>
    `"Registry"\n{\n\t"HKLM"\n\t{\n\t\t"RunningAppID"\t\t"1"\n\t}\n\t"HKCU"\n\t{\n\t\t"Software"\n\t\t{\n\t\t\t"Valve"\n\t\t\t{\n\t\t\t\t"Steam"\n\t\t\t\t{\n${steam}\n}}}}}`

  test.each([
    ['"RunningAppID"\t\t"730"', '730'],
    ['"language" "english"\n"runningappid" "0"', '0'],
    ['"apps" { "730" { "RunningAppID" "5" } } "RunningAppID" "440"', '440'],
    ['"AutoLoginUser" "a \\"quoted\\" { name" "RunningAppID" "440"', '440'],
    ['// "RunningAppID" "1"\nRunningAppID 440', '440'],
    ['"SourceModInstallPath" "c:\\\\a\\\\" "RunningAppID" "440"', '440'],
    ['"language" "english"', undefined],
  ])('registry.vdf with %j', (steam, value) => expect(vdfValue(vdf(steam), PATH)).toBe(value))

  test('a file that is no registry.vdf', () => {
    expect(vdfValue('', PATH)).toBeUndefined()
    expect(vdfValue('}}}{{{"""', PATH)).toBeUndefined()
    expect(vdfValue('"'.repeat(100_000), PATH)).toBeUndefined()
  })
})
