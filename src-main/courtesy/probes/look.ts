/** One look at what runs on this computer. The GPU is never queried, since a query wakes a sleeping card. */
import { errorText } from '../../platform/errors.ts'
import { ProbeError } from './command.ts'
import { gameModeIsOn } from './game-mode.ts'
import type { Machine } from './machine.ts'
import { processNames, runningOf } from './processes.ts'
import { steamGameRuns } from './steam.ts'

/** The state of this computer as Electron's powerMonitor reports it to the app on the desktop. */
export interface DesktopSenses {
  isOnBattery(): boolean
  /** Seconds since the last input. */
  idleSeconds(): number
}

/** What a look has to find out. */
export interface Needs {
  readonly games: boolean
  readonly programs: readonly string[]
  readonly battery: boolean
  readonly idle: boolean
}

export type Probed = 'games' | 'programs' | 'onBattery' | 'idleSeconds'

/** The result of a look. A sign whose probe failed counts as absent. */
export interface Sightings {
  readonly game: boolean
  /** The running ones of the wanted programs, spelled as in the configuration. */
  readonly programs: readonly string[]
  readonly onBattery: boolean
  /** Infinity where it is not known. */
  readonly idleSeconds: number
  /** Why probes failed, as sentences by the sign that they look for. */
  readonly problems: Readonly<Partial<Record<Probed, string>>>
}

/** Makes one look. Never rejects. */
export type Look = (needs: Needs, senses: DesktopSenses | undefined) => Promise<Sightings>

const isMissing = (error: unknown): boolean => error instanceof ProbeError && error.kind === 'missing'

/** A failure of one of the two is no problem, since most computers have no GameMode. */
async function gameRuns(machine: Machine): Promise<boolean> {
  const [steam, gameMode] = await Promise.allSettled([steamGameRuns(machine), gameModeIsOn(machine)])
  if (gameMode.status === 'fulfilled' && gameMode.value) return true
  if (steam.status === 'fulfilled') return steam.value
  if (!isMissing(steam.reason)) throw steam.reason
  if (gameMode.status === 'fulfilled') return false
  if (!isMissing(gameMode.reason)) throw gameMode.reason
  const neither =
    machine.platform === 'linux' ? 'neither Steam nor GameMode was found' : 'Steam was not found'
  throw new ProbeError(`${neither}; name the games under programs`, 'missing')
}

const NO_DESKTOP = 'only the app on the desktop can, not a service without one'

/** The looks at one computer. */
export function lookAt(machine: Machine): Look {
  return async (needs, senses) => {
    const problems: Partial<Record<Probed, string>> = {}
    const attempt = async <T>(
      what: Probed,
      problem: string,
      work: () => Promise<T> | T,
      otherwise: T,
    ): Promise<T> => {
      try {
        return await work()
      } catch (error) {
        problems[what] = `${problem}: ${errorText(error)}`
        return otherwise
      }
    }
    const sensed = (): DesktopSenses => {
      if (senses === undefined) throw new ProbeError(NO_DESKTOP)
      return senses
    }
    const [game, programs, onBattery, idleSeconds] = await Promise.all([
      needs.games ? attempt('games', 'cannot look for games here', () => gameRuns(machine), false) : false,
      needs.programs.length === 0
        ? []
        : attempt(
            'programs',
            'cannot look for programs here',
            async () => runningOf(needs.programs, await processNames(machine), machine.platform),
            [],
          ),
      needs.battery
        ? attempt('onBattery', 'cannot look at the battery here', () => sensed().isOnBattery(), false)
        : false,
      needs.idle
        ? attempt('idleSeconds', 'cannot look for input here', () => sensed().idleSeconds(), Infinity)
        : Infinity,
    ])
    return { game, programs, onBattery, idleSeconds, problems }
  }
}
