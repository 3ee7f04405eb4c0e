/** The command line of the benchmark. */
import { parseArgs } from 'node:util'

/** The parts of the benchmark, in the order in which they are measured. */
export const PARTS = ['text1', 'text8', 'image1', 'image8', 'fanout', 'burst', 'start', 'idle'] as const
export type Part = (typeof PARTS)[number]

export interface Options {
  quick: boolean
  rounds: number
  /** Seconds of load per contender, case and round; wrk takes whole ones. */
  seconds: number
  parts: ReadonlySet<Part>
  json: boolean
  writeResults: boolean
  install: boolean
  build: boolean
  help: boolean
}

export const HELP = `The benchmark of the relay: everything runs on loopback, started and ended by this command

Usage: npm run bench -- [flags]

  --quick            about a minute: one round, one second each, short waits
  --rounds=N         rounds whose medians are shown (default 5, with --quick 1)
  --seconds=N        seconds of load per contender and case (default 2, with --quick 1)
  --only=PARTS       some of ${PARTS.join(',')}
  --json             the results as JSON on the standard output
  --write-results    write bench/RESULTS.md
  --install          install what is missing (Debian, as root)
  --no-build         measure what stands in dist/ already
  --help             show this
`

/** A command line that cannot be used. */
export class UsageError extends Error {}

const isPart = (text: string): text is Part => (PARTS as readonly string[]).includes(text)

function parseParts(text: string | undefined): Set<Part> {
  if (text === undefined) return new Set(PARTS)
  const parts = new Set<Part>()
  for (const name of text.split(',')) {
    if (!isPart(name)) throw new UsageError(`--only=${text}: "${name}" is none of ${PARTS.join(', ')}`)
    parts.add(name)
  }
  return parts
}

function parseCount(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--${name}=${text}: must be a whole number from 1`)
  return Number(text)
}

/** @throws {UsageError} */
export function parseOptions(args: readonly string[]): Options {
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'boolean' },
        'write-results': { type: 'boolean' },
        install: { type: 'boolean' },
        'no-build': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const quick = values.quick ?? false
  return {
    quick,
    rounds: parseCount('rounds', values.rounds, quick ? 1 : 5),
    seconds: parseCount('seconds', values.seconds, quick ? 1 : 2),
    parts: parseParts(values.only),
    json: values.json ?? false,
    writeResults: values['write-results'] ?? false,
    install: values.install ?? false,
    build: !(values['no-build'] ?? false),
    help: values.help ?? false,
  }
}
