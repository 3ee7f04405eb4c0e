/** The command line of the desktop app: the flags of the headless service, mixed with switches for Chromium. */
import type { Variables } from '../../platform/environment.ts'
import { EXIT_USAGE } from '../../platform/exit-codes.ts'
import { HELP, ownArguments, parseFlags, type Flags } from '../../platform/flags.ts'
import { version } from '../../platform/package-info.ts'
import { FlagError } from '../../platform/start-values.ts'

export type CommandLine =
  /** `foreign` are the arguments that are not flags of this app and are left to Electron. */
  | { readonly kind: 'run'; readonly flags: Flags; readonly foreign: readonly string[] }
  /** The answer (`--help`, `--version` or an error) has been printed; the process ends with the code. */
  | { readonly kind: 'done'; readonly exitCode: number }

/**
 * Parses the arguments of this process.
 *
 * Arguments after `--` are flags of this app. `npm start` uses this because Electron passes `--debug` before it on to
 * Node, which refuses to start.
 *
 * @param argv in the form of `process.argv`
 * @param isPackaged whether the app is packaged; in development `argv[1]` is the folder of the app
 * @param variables the environment, for what the arguments do not say
 */
export function readCommandLine(
  argv: readonly string[],
  isPackaged: boolean,
  variables: Variables = process.env,
): CommandLine {
  const end = argv.indexOf('--')
  const args = end === -1 ? argv.slice(1) : argv.slice(1).toSpliced(end - 1, 1)
  const { own, foreign } = ownArguments(args)
  const unknown = isPackaged ? foreign : foreign.slice(1)
  try {
    const flags = parseFlags(own, variables)
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
