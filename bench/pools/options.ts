/** The command line of the benchmark of sharing. */
import { parseArgs } from 'node:util'
import { SHAPES } from '../../test/support/simulation/shapes.ts'
import { UsageError } from '../options.ts'

const IDS = SHAPES.map(({ id }) => id)
const IN_FLIGHT = [2, 4, 8, 16]

export interface PoolsOptions {
  quick: boolean
  rounds: number
  /** Seconds of a measurement; shapes that change have their own. */
  seconds: number
  shapes: readonly string[]
  inFlight: readonly number[]
  simulated: boolean
  writeResults: boolean
  install: boolean
  build: boolean
  help: boolean
}

export const HELP = `The benchmark of sharing: simulated machines, ours with each way of sharing, nginx and HAProxy, on loopback

Usage: npm run bench:pools -- [flags]

  --quick            some minutes: one round, 4 s each, shapes a and c
  --rounds=N         rounds whose medians are shown (default 2, with --quick 1)
  --seconds=N        seconds of a measurement (default 10, with --quick 4)
  --only=SHAPES      some of ${IDS.join(',')}
  --in-flight=N,N    images in flight (default ${IN_FLIGHT.join(',')})
  --simulated        no sockets: the same machines and ours' scheduler on a simulated clock, in seconds
  --write-results    write its section of bench/RESULTS.md
  --install          install what is missing (Debian, as root)
  --no-build         measure what stands in dist/ already
  --help             show this
`

function count(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--${name}=${text}: must be a whole number from 1`)
  return Number(text)
}

function shapesOf(text: string | undefined, quick: boolean): string[] {
  if (text === undefined) return quick ? ['a', 'c'] : IDS
  const shapes = text.split(',')
  for (const id of shapes) {
    if (!IDS.includes(id)) throw new UsageError(`--only=${text}: "${id}" is none of ${IDS.join(', ')}`)
  }
  return shapes
}

/** @throws {UsageError} */
export function parsePoolsOptions(args: readonly string[]): PoolsOptions {
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string' },
        'in-flight': { type: 'string' },
        simulated: { type: 'boolean' },
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
  const inFlight = values['in-flight']?.split(',').map((text) => count('in-flight', text, 0))
  return {
    quick,
    rounds: count('rounds', values.rounds, quick ? 1 : 2),
    seconds: count('seconds', values.seconds, quick ? 4 : 10),
    shapes: shapesOf(values.only, quick),
    inFlight: inFlight ?? IN_FLIGHT,
    simulated: values.simulated ?? false,
    writeResults: values['write-results'] ?? false,
    install: values.install ?? false,
    build: !(values['no-build'] ?? false),
    help: values.help ?? false,
  }
}
