/** Logging with pino: readable lines on a terminal, else JSON lines. */
import { pino, type DestinationStream, type LoggerOptions } from 'pino'
import { LogOutput, stderrSink } from './log-output.ts'

/** Everything else takes the type from here, so that the library can be exchanged in this file. */
export type Logger = pino.Logger

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * Fields that may hold a secret. They are replaced, in case a whole request, response or backend is logged by
 * mistake.
 */
const REDACTED = [
  'headers',
  '*.headers',
  'config',
  'password',
  '*.password',
  'apiKey',
  '*.apiKey',
  'authorization',
  'cookie',
  'req.headers',
  'res.headers',
]

function options(level: LogLevel): LoggerOptions {
  return { level, base: null, redact: { paths: REDACTED, censor: '[hidden]' } }
}

/**
 * A logger that writes to stderr: stdout is for what the user asked for. A line that stderr does not take is dropped.
 * @param level the lowest level that is written
 */
export async function createLogger(level: LogLevel): Promise<Logger> {
  if (!process.stderr.isTTY) return pino(options(level), new LogOutput(stderrSink()))
  const { prettyFactory } = await import('pino-pretty')
  const format = prettyFactory({ translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' })
  return pino(options(level), new LogOutput(stderrSink(), format))
}

/** A logger that writes JSON lines to a given stream. */
export function streamLogger(level: LogLevel, stream: DestinationStream): Logger {
  return pino(options(level), stream)
}

/** A logger that writes nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}
