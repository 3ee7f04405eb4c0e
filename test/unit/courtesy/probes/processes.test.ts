import { describe, expect, test } from 'vitest'
import { namesOfLines, namesOfTasklist, runningOf } from '../../../../src-main/courtesy/probes/processes.ts'

describe('lists of processes', () => {
  test('of tasklist', () => {
    const output =
      '"System Idle Process","0","Services","0","8 K"\r\n"cs2.exe","4242","Console","1","2,345,678 K"\r\n'
    expect(namesOfTasklist(output)).toEqual(['System Idle Process', 'cs2.exe'])
  })

  test('of ps, on macOS with folders', () => {
    expect(
      namesOfLines('systemd\nkworker/0:1\n  cs2 \n/Applications/Blender.app/Contents/MacOS/Blender\n'),
    ).toEqual(['systemd', '0:1', 'cs2', 'Blender'])
  })

  test.each([
    ['win32', ['cs2', 'Blender.EXE', 'gone'], ['cs2.exe', 'blender.exe'], ['cs2', 'Blender.EXE']],
    ['darwin', ['blender'], ['Blender'], ['blender']],
    // The kernel keeps 15 bytes.
    ['linux', ['Cyberpunk2077.exe', 'cs2'], ['Cyberpunk2077.e', 'cs2-helper'], ['Cyberpunk2077.exe']],
    ['linux', ['blender.exe'], ['blender'], []],
  ] as const)('on %s, %j among %j', (platform, wanted, names, found) => {
    expect(runningOf(wanted, names, platform)).toEqual(found)
  })
})
