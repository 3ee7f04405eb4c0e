/** The command line of `npm run demo`. Pure. */
import { parseArgs } from 'node:util'
import { DEFAULT_PORT } from '../../src-shared/limits.ts'
import { errorText } from '../../src-main/platform/errors.ts'
import type { LogLevel } from '../../src-main/platform/log.ts'
import { FlagError, parseHost, parseLogLevel, parsePort } from '../../src-main/platform/start-values.ts'

export interface DemoFlags {
  readonly help: boolean
  readonly port: number
  readonly host: string
  readonly logLevel: LogLevel
}

/** Nobody else sees a demo unless it is asked for. */
const LOOPBACK = '127.0.0.1'

export const DEMO_HELP = `A demo: the proxy, two simulated backends, and some traffic. Ctrl+C ends it, and nothing is kept.

Usage: npm run demo -- [flags]

  --port=PORT        port to listen on (default ${DEFAULT_PORT}; 0: any free port)
  --host=HOST        address to listen on (default ${LOOPBACK}, this computer alone; 0.0.0.0: all)
  --log-level=LEVEL  how much is logged (default warn)
  --help             show this
`

/**
 * @param args the arguments after `npm run demo --`
 * @throws {FlagError} for an unknown flag or a bad value
 */
export function parseDemoFlags(args: readonly string[]): DemoFlags {
  const text = { type: 'string' } as const
  const options = {
    port: text,
    host: text,
    'log-level': text,
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false })
    return {
      help: values.help ?? false,
      port: values.port === undefined ? DEFAULT_PORT : parsePort('--port', values.port),
      host: parseHost('--host', values.host ?? LOOPBACK),
      logLevel:
        values['log-level'] === undefined ? 'warn' : parseLogLevel('--log-level', values['log-level']),
    }
  } catch (error) {
    if (error instanceof FlagError) throw error
    const [sentence] = errorText(error).split(/\.(?:\s|$)/)
    throw new FlagError(`${sentence ?? ''}; npm run demo -- --help shows the flags`)
  }
}
