/** Whether Steam says that a game runs: `RunningAppID`, 0 while none does. */
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { errorCode, errorText } from '../../platform/errors.ts'
import { MAX_VDF_BYTES } from '../limits.ts'
import { ProbeError } from './command.ts'
import { windowsProgram, type Machine } from './machine.ts'
import { processNames, runningOf } from './processes.ts'
import { vdfValue } from './vdf.ts'

const REGISTRY_KEY = String.raw`HKCU\Software\Valve\Steam`
const VALUE = 'RunningAppID'
const VDF_PATH = ['Registry', 'HKCU', 'Software', 'Valve', 'Steam', VALUE]

/** Steam's folders below the user's: its own, of Flatpak, of Snap; and on macOS. */
const LINUX_FOLDERS = ['.steam', '.var/app/com.valvesoftware.Steam/.steam', 'snap/steam/common/.steam']
const MAC_FOLDERS = ['Library/Application Support/Steam']
const VDF_FILE = 'registry.vdf'
const PID_FILE = 'steam.pid'

/** Steam's own program, on Windows with `.exe`. */
const STEAM = 'steam'

const noSteam = (): ProbeError => new ProbeError('Steam was not found', 'missing')

/** The number in what `reg query` prints: "    RunningAppID    REG_DWORD    0x2da". */
export function runningAppId(output: string): number | undefined {
  const hex = /RunningAppID\s+REG_DWORD\s+0x([0-9a-f]+)/i.exec(output)?.[1]
  return hex === undefined ? undefined : parseInt(hex, 16)
}

/**
 * After a power cut, or where Steam has crashed, what it wrote still names the game of that time.
 * @returns whether Steam's process is known not to run
 */
async function hasNoProcess(machine: Machine): Promise<boolean> {
  try {
    return runningOf([STEAM], await processNames(machine), machine.platform).length === 0
  } catch (error) {
    if (error instanceof ProbeError) return false
    throw error
  }
}

/** `reg` prints its errors in the user's language, so its exit code 1 counts as a missing key, which means no Steam. */
async function onWindows(machine: Machine): Promise<boolean> {
  let output: string
  try {
    output = await machine.run(windowsProgram(machine, 'reg.exe'), ['query', REGISTRY_KEY, '/v', VALUE])
  } catch (error) {
    if (error instanceof ProbeError && /failed \(1\)/.test(error.message)) throw noSteam()
    throw error
  }
  return (runningAppId(output) ?? 0) !== 0 && !(await hasNoProcess(machine))
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file)
    if (size > MAX_VDF_BYTES) throw new ProbeError(`${file} is larger than ${MAX_VDF_BYTES} bytes`)
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
    throw error instanceof ProbeError ? error : new ProbeError(`${file} cannot be read (${errorText(error)})`)
  }
}

/**
 * Whether Steam is known to have ended. Its file holds the number of its process; for Steam in Flatpak that is the one
 * in its sandbox, another process's outside, so the name is looked for as well.
 */
async function hasSteamEnded(folder: string, machine: Machine): Promise<boolean> {
  if (machine.platform !== 'linux') return false
  const pid = Number(await readIfThere(path.join(folder, PID_FILE)))
  if (!Number.isInteger(pid) || pid <= 0) return false
  if ((await readIfThere(`/proc/${pid}/comm`))?.trim() === STEAM) return false
  return hasNoProcess(machine)
}

async function inFile(folder: string, machine: Machine): Promise<boolean | undefined> {
  const text = await readIfThere(path.join(folder, VDF_FILE))
  if (text === undefined) return undefined
  const id = Number(vdfValue(text, VDF_PATH) ?? 0)
  return id !== 0 && !(await hasSteamEnded(folder, machine))
}

/**
 * Whether a game of Steam runs.
 * @throws {ProbeError} missing, where there is no Steam
 */
export async function steamGameRuns(machine: Machine): Promise<boolean> {
  if (machine.platform === 'win32') return onWindows(machine)
  const folders = machine.platform === 'darwin' ? MAC_FOLDERS : LINUX_FOLDERS
  const found = await Promise.all(folders.map((folder) => inFile(path.join(machine.home, folder), machine)))
  const told = found.filter((runs) => runs !== undefined)
  if (told.length === 0) throw noSteam()
  return told.includes(true)
}
