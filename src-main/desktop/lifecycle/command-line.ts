/** The command line of the desktop app: the same flags as in plain Node, beside those of Chromium. */
import { FlagError, HELP, ownArguments, parseFlags, type Flags } from '../../platform/flags.ts'
import { version } from '../../platform/package-info.ts'

const EXIT_USAGE = 2

export type CommandLine =
  | { readonly kind: 'run'; readonly flags: Flags; readonly foreign: readonly string[] }
  /** All is said; the process ends with the code. */
  | { readonly kind: 'done'; readonly exitCode: number }

/**
 * Reads the arguments of this process.
 * @param argv as in `process.argv`
 * @param isPackaged the packaged program has no path of a script among its arguments
 *
 * `--` parts what is for the app from what is for Electron, which hands `--debug` to Node and ends with its complaint.
 */
export function readCommandLine(argv: readonly string[], isPackaged: boolean): CommandLine {
  const end = argv.indexOf('--')
  const args = end === -1 ? argv.slice(1) : argv.slice(1).toSpliced(end - 1, 1)
  const { own, foreign } = ownArguments(args)
  // In development the first of them is the app's folder.
  const unknown = isPackaged ? foreign : foreign.slice(1)
  try {
    const flags = parseFlags(own)
    if (flags.help) process.stdout.write(HELP)
    else if (flags.version) process.stdout.write(`${version}\n`)
    else return { kind: 'run', flags, foreign: unknown }
    return { kind: 'done', exitCode: 0 }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    process.stderr.write(`immich-ml-proxy: ${error.message}\n`)
    return { kind: 'done', exitCode: EXIT_USAGE }
  }
}
