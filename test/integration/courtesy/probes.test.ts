/** Looks at a computer whose programs, home and registry are the test's own. */
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { commandRunner } from '../../../src-main/courtesy/probes/command.ts'
import { lookAt, type Needs, type Sightings } from '../../../src-main/courtesy/probes/look.ts'
import { thisMachine } from '../../../src-main/courtesy/probes/machine.ts'
import { FakeMachine, registryVdf } from '../../support/fake-programs.ts'
import { folder, useFolder } from '../../support/folder.ts'

const NEEDS: Needs = { games: false, programs: [], battery: false, idle: false }
const GAMES = { ...NEEDS, games: true }
const PROGRAMS = { ...NEEDS, programs: ['cs2', 'Blender.exe'] }

const isPosix = process.platform !== 'win32'

useFolder()

let machine: FakeMachine
const look = (needs: Needs): Promise<Sightings> => lookAt(machine)(needs, undefined)

describe.skipIf(!isPosix)('on Windows', () => {
  beforeEach(() => {
    machine = new FakeMachine(folder, 'win32')
  })

  const reg = (value: string): void =>
    machine.program(
      'reg.exe',
      `echo; echo 'HKEY_CURRENT_USER\\Software\\Valve\\Steam'; echo '    RunningAppID    REG_DWORD    ${value}'`,
    )

  const QUERY = String.raw`reg.exe query HKCU\Software\Valve\Steam /v RunningAppID`

  test('a game of Steam by the registry', async () => {
    reg('0x2da')
    machine.program('tasklist.exe', `echo '"steam.exe","5120","Console","1","90 K"'`)
    expect(await look(GAMES)).toMatchObject({ game: true, problems: {} })
    expect(machine.calls).toEqual([QUERY, 'tasklist.exe /fo csv /nh'])
    reg('0x0')
    expect(await look(GAMES)).toMatchObject({ game: false, problems: {} })
    expect(machine.calls.slice(2)).toEqual([QUERY])
  })

  test('a value that a crash or a power cut left behind is no game', async () => {
    reg('0x2da')
    machine.program('tasklist.exe', `echo '"System","4","Services","0","20 K"'`)
    expect(await look(GAMES)).toMatchObject({ game: false, problems: {} })
    machine.program('tasklist.exe', 'exit 1')
    expect(await look(GAMES)).toMatchObject({ game: true, problems: {} })
  })

  test('without Steam', async () => {
    machine.program('reg.exe', 'echo "FEHLER: Der angegebene Wert wurde nicht gefunden." >&2; exit 1')
    expect(await look(GAMES)).toMatchObject({
      game: false,
      problems: { games: 'cannot look for games here: Steam was not found; name the games under programs' },
    })
  })

  test('programs by tasklist', async () => {
    machine.program(
      'tasklist.exe',
      `echo '"System","4","Services","0","20 K"'; echo '"CS2.EXE","77","Console","1","2 K"'`,
    )
    expect(await look(PROGRAMS)).toMatchObject({ programs: ['cs2'], game: false, problems: {} })
    expect(machine.calls).toEqual(['tasklist.exe /fo csv /nh'])
  })

  test('nothing is started that nobody asks for', async () => {
    reg('0x2da')
    machine.program('tasklist.exe', 'true')
    await look({ ...NEEDS, battery: true })
    expect(machine.calls).toEqual([])
  })
})

describe.skipIf(!isPosix)('on Linux', () => {
  beforeEach(() => {
    machine = new FakeMachine(folder, 'linux')
  })

  test.each(['.steam', '.var/app/com.valvesoftware.Steam/.steam', 'snap/steam/common/.steam'])(
    'a game of Steam by %s/registry.vdf',
    async (below) => {
      machine.file(`${below}/registry.vdf`, registryVdf(730))
      expect(await look(GAMES)).toMatchObject({ game: true, problems: {} })
      machine.file(`${below}/registry.vdf`, registryVdf(0))
      expect(await look(GAMES)).toMatchObject({ game: false, problems: {} })
    },
  )

  test('a file that a power cut left behind is no game', async () => {
    machine.file('.steam/registry.vdf', registryVdf(730))
    // This process is not Steam.
    machine.file('.steam/steam.pid', `${process.pid}\n`)
    machine.program('ps', 'echo systemd; echo steamwebhelper')
    expect(await look(GAMES)).toMatchObject({ game: false, problems: {} })
  })

  test('a game of Steam in Flatpak, which writes the number that its process has in the sandbox', async () => {
    const below = '.var/app/com.valvesoftware.Steam/.steam'
    machine.file(`${below}/registry.vdf`, registryVdf(730))
    machine.file(`${below}/steam.pid`, `${process.pid}\n`)
    machine.program('ps', 'echo systemd; echo steam; echo cs2')
    expect(await look(GAMES)).toMatchObject({ game: true, problems: {} })
  })

  test('a file that cannot be read is told', async () => {
    mkdirSync(path.join(machine.home, '.steam/registry.vdf'), { recursive: true })
    const { game, problems } = await look(GAMES)
    expect(game).toBe(false)
    expect(problems.games).toMatch(/^cannot look for games here: .*registry\.vdf cannot be read \(EISDIR/)
  })

  test('GameMode by busctl, and only where it runs: a question would start it', async () => {
    machine.program('busctl', 'case "$*" in *NameHasOwner*) echo "b true";; *ClientCount*) echo "i 1";; esac')
    expect(await look(GAMES)).toMatchObject({ game: true, problems: {} })
    machine.program('busctl', 'case "$*" in *NameHasOwner*) echo "b true";; *ClientCount*) echo "i 0";; esac')
    expect(await look(GAMES)).toMatchObject({ game: false, problems: {} })
    const before = machine.calls.length
    machine.program('busctl', 'echo "b false"')
    expect(await look(GAMES)).toMatchObject({ game: false, problems: {} })
    expect(machine.calls.slice(before)).toEqual([
      'busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus NameHasOwner s com.feralinteractive.GameMode',
    ])
  })

  test('and by gdbus where there is no busctl', async () => {
    machine.program(
      'gdbus',
      'case "$*" in *NameHasOwner*) echo "(true,)";; *ClientCount*) echo "(<2>,)";; esac',
    )
    expect(await look(GAMES)).toMatchObject({ game: true, problems: {} })
  })

  test('with neither, it says so and pauses nothing', async () => {
    expect(await look(GAMES)).toMatchObject({
      game: false,
      problems: {
        games:
          'cannot look for games here: neither Steam nor GameMode was found; name the games under programs',
      },
    })
  })

  test('Steam is enough: a GameMode that fails is not told', async () => {
    machine.file('.steam/registry.vdf', registryVdf(0))
    machine.program('busctl', 'echo "Failed to connect to bus" >&2; exit 1')
    expect(await look(GAMES)).toMatchObject({ game: false, problems: {} })
  })

  test('programs by ps, else by what the kernel says', async () => {
    machine.program('ps', 'echo systemd; echo cs2')
    expect(await look(PROGRAMS)).toMatchObject({ programs: ['cs2'], problems: {} })
    machine.program('ps', 'echo "ps: unrecognized option: e" >&2; exit 1')
    machine.program('sh', 'echo blender.exe')
    expect(await look(PROGRAMS)).toMatchObject({ programs: ['Blender.exe'], problems: {} })
  })

  test('a program that does not end is given up after 2 s, although what it has started lives on', async () => {
    machine.program('ps', '/bin/sleep 5 & wait')
    const { programs, problems } = await look(PROGRAMS)
    expect(programs).toEqual([])
    expect(problems.programs).toBe('cannot look for programs here: ps did not answer within 2 s')
    expect(machine.calls).toHaveLength(1)
  })
})

test.skipIf(!isPosix)('what it says without end is not kept', async () => {
  machine = new FakeMachine(folder, 'linux')
  machine.program(
    'ps',
    'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
  )
  await expect(commandRunner(machine.env, 30_000)('ps', [])).rejects.toThrow(
    'printed more than 4194304 bytes',
  )
})

test('a service without a desktop says what it cannot tell', async () => {
  machine = new FakeMachine(folder, 'linux')
  expect(await look({ ...NEEDS, battery: true, idle: true })).toMatchObject({
    onBattery: false,
    idleSeconds: Infinity,
    problems: {
      onBattery:
        'cannot look at the battery here: only the app on the desktop can, not a service without one',
      idleSeconds: expect.stringContaining('cannot look for input here') as string,
    },
  })
  const senses = { isOnBattery: () => true, idleSeconds: () => 7 }
  expect(await lookAt(machine)({ ...NEEDS, battery: true, idle: true }, senses)).toMatchObject({
    onBattery: true,
    idleSeconds: 7,
    problems: {},
  })
})

test.skipIf(process.platform !== 'linux')(
  'a real process of this computer is found by its name',
  async () => {
    const program = path.join(folder, 'some-real-game')
    copyFileSync('/bin/sleep', program)
    const child = spawn(program, ['600'], { stdio: 'ignore' })
    try {
      const needs = { ...NEEDS, programs: ['Some-Real-Game', 'some-other-game'] }
      const real = lookAt(thisMachine())
      await expect.poll(async () => (await real(needs, undefined)).programs).toEqual(['Some-Real-Game'])
      // As in a container without ps.
      const run = commandRunner(process.env)
      const withoutPs = lookAt({
        ...thisMachine(),
        run: (command, args) => run(command === 'ps' ? 'no-such-program' : command, args),
      })
      expect((await withoutPs(needs, undefined)).programs).toEqual(['Some-Real-Game'])
    } finally {
      child.kill('SIGKILL')
    }
  },
)
