/** The names of the processes that run on this computer. */
import { ProbeError } from './command.ts'
import { windowsProgram, type Machine } from './machine.ts'

/** Linux keeps the first 15 bytes of a process's name (TASK_COMM_LEN of the kernel, with a zero behind them). */
const LINUX_NAME_BYTES = 15

/** The first field of each line of `tasklist /fo csv`; quotes cannot stand in a file's name on Windows. */
export function namesOfTasklist(output: string): string[] {
  return [...output.matchAll(/^"([^"]*)"/gm)].map(([, name = '']) => name)
}

/** One name a line, on macOS with the folder before it. */
export function namesOfLines(output: string): string[] {
  return output
    .split('\n')
    .map((line) => line.trim().split('/').at(-1) ?? '')
    .filter((name) => name !== '')
}

/**
 * Reads the kernel's list by the shell. Only `comm`, since a read of `cmdline` waits for a process that hangs. The
 * shell's errors are dropped: processes end during the read.
 */
const READ_COMM = 'cat /proc/[0-9]*/comm 2>/dev/null; exit 0'

async function onLinux({ run }: Machine): Promise<string[]> {
  try {
    return namesOfLines(await run('ps', ['-e', '-o', 'comm=']))
  } catch (error) {
    // The computer is busy: another command would be as late.
    if (error instanceof ProbeError && error.kind === 'late') throw error
    // A container may have no `ps`, or one with other options.
    return namesOfLines(await run('sh', ['-c', READ_COMM]))
  }
}

/**
 * The names of all processes, as far as this program may see them: inside a container only those of the container.
 * @throws {ProbeError}
 */
export async function processNames(machine: Machine): Promise<string[]> {
  if (machine.platform === 'win32') {
    return namesOfTasklist(await machine.run(windowsProgram(machine, 'tasklist.exe'), ['/fo', 'csv', '/nh']))
  }
  if (machine.platform === 'linux') return onLinux(machine)
  return namesOfLines(await machine.run('ps', ['-axo', 'comm=']))
}

const EXE = /\.exe$/

function comparable(name: string, platform: NodeJS.Platform): string {
  const lower = name.toLowerCase()
  return platform === 'linux'
    ? Buffer.from(lower).subarray(0, LINUX_NAME_BYTES).toString()
    : lower.replace(EXE, '')
}

/** Which of the wanted programs run. On Windows with or without `.exe`; elsewhere a Windows game has it in its name. */
export function runningOf(
  wanted: readonly string[],
  names: readonly string[],
  platform: NodeJS.Platform,
): string[] {
  const running = new Set(names.map((name) => comparable(name, platform)))
  return wanted.filter((name) => running.has(comparable(name, platform)))
}
