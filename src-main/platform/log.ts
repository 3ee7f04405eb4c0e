/** Logging with pino: pretty on a terminal, JSON lines otherwise. */
import { pino, type DestinationStream, type LoggerOptions } from 'pino'

export type Logger = pino.Logger

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Fields that may hold a secret, wherever somebody might log a request, a response or a backend whole. */
const REDACTED = [
  'headers',
  '*.headers',
  'config',
  'password',
  '*.password',
  'authorization',
  'cookie',
  'req.headers',
  'res.headers',
]

function options(level: LogLevel): LoggerOptions {
  return { level, base: null, redact: { paths: REDACTED, censor: '[hidden]' } }
}

/**
 * A logger that writes to stderr, so that stdout stays for what the user asked for.
 * @param level the least level that is written
 */
export async function createLogger(level: LogLevel): Promise<Logger> {
  if (!process.stderr.isTTY) return pino(options(level), pino.destination({ fd: 2, sync: true }))
  const { default: pretty } = await import('pino-pretty')
  return pino(
    options(level),
    pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }),
  )
}

/** A logger that writes JSON lines to a stream of the caller's. */
export function streamLogger(level: LogLevel, stream: DestinationStream): Logger {
  return pino(options(level), stream)
}

/** A logger that writes nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}
