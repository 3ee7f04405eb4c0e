/**
 * Whether a game has asked Feral's GameMode for all of this Linux computer
 * (https://github.com/FeralInteractive/gamemode, `com.feralinteractive.GameMode` on the session's D-Bus).
 */
import { ProbeError } from './command.ts'
import type { Machine } from './machine.ts'

const NAME = 'com.feralinteractive.GameMode'
const OBJECT = '/com/feralinteractive/GameMode'
const BUS = 'org.freedesktop.DBus'
const BUS_OBJECT = '/org/freedesktop/DBus'

/** The arguments of one D-Bus call for a command-line program. */
interface Tool {
  readonly command: string
  readonly isThere: readonly string[]
  readonly clients: readonly string[]
}

const BUSCTL: Tool = {
  command: 'busctl',
  isThere: ['--user', 'call', BUS, BUS_OBJECT, BUS, 'NameHasOwner', 's', NAME],
  clients: ['--user', 'get-property', NAME, OBJECT, NAME, 'ClientCount'],
}
const GDBUS_CALL = ['call', '--session', '--timeout', '2', '--dest']
const GDBUS: Tool = {
  command: 'gdbus',
  isThere: [...GDBUS_CALL, BUS, '--object-path', BUS_OBJECT, '--method', `${BUS}.NameHasOwner`, NAME],
  clients: [
    ...GDBUS_CALL,
    NAME,
    '--object-path',
    OBJECT,
    '--method',
    `${BUS}.Properties.Get`,
    NAME,
    'ClientCount',
  ],
}

/** A call to a D-Bus name without an owner would start its service, so the owner of the name is checked first. */
async function ask({ command, isThere, clients }: Tool, { run }: Machine): Promise<boolean> {
  // "b true", or "(true,)".
  if (!/\btrue\b/.test(await run(command, isThere))) return false
  // "i 1", or "(<1>,)".
  const count = /-?\d+/.exec(await run(command, clients))?.[0]
  if (count === undefined) throw new ProbeError('GameMode did not say how many games run')
  return Number(count) > 0
}

/**
 * Whether GameMode is on for a game.
 * @throws {ProbeError} missing, where no program is there to ask the session's D-Bus, or no session
 */
export async function gameModeIsOn(machine: Machine): Promise<boolean> {
  const { platform, env } = machine
  const hasSession = env['DBUS_SESSION_BUS_ADDRESS'] !== undefined || env['XDG_RUNTIME_DIR'] !== undefined
  if (platform !== 'linux' || !hasSession) throw new ProbeError('there is no session with a D-Bus', 'missing')
  try {
    return await ask(BUSCTL, machine)
  } catch (error) {
    if (!(error instanceof ProbeError && error.kind === 'missing')) throw error
    return ask(GDBUS, machine)
  }
}
