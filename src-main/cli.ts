#!/usr/bin/env node
/** Node's entry: the headless service. */
import { EXIT_USAGE } from './platform/exit-codes.ts'
import { HELP, parseFlags } from './platform/flags.ts'
import { FlagError } from './platform/start-values.ts'
import { ownStandardStreams } from './platform/log-output.ts'
import { runHeadless } from './app/headless.ts'
import { version } from './platform/package-info.ts'

async function main(): Promise<number> {
  try {
    const flags = parseFlags(process.argv.slice(2), process.env)
    if (flags.help) process.stdout.write(HELP)
    else if (flags.version) process.stdout.write(`${version}\n`)
    else return await runHeadless(flags)
    return 0
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    process.stderr.write(`immich-ml-proxy: ${error.message}\n`)
    return EXIT_USAGE
  }
}

ownStandardStreams()
process.exit(await main())
