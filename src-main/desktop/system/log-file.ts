/** The log of the desktop app: rotated files, and the terminal if the app was started from one. */
import { multistream } from 'pino'
import { LOG_FILE_BYTES, OLD_LOG_FILES } from '../limits.ts'
import { LogOutput, stderrSink } from '../../platform/log-output.ts'
import { streamLogger, type Logger, type LogLevel } from '../../platform/log.ts'
import { ensureFolder } from '../../settings/file.ts'
import { FILE_NAME } from './names.ts'
import { RotatedFiles } from './rotated-files.ts'

/**
 * Opens the log in a folder, which is created if it is missing. Lines are written at once, so that the last ones before
 * a crash are in the file; those that a full disk does not take are dropped and counted.
 * @throws {Error} where the folder cannot be written
 */
export function openLog(folder: string, level: LogLevel): Logger {
  ensureFolder(folder)
  const limits = { maxBytes: LOG_FILE_BYTES, oldFiles: OLD_LOG_FILES }
  const files = new RotatedFiles({ folder, name: FILE_NAME, ...limits })
  const sinks = process.stderr.isTTY ? [files, stderrSink()] : [files]
  const streams = sinks.map((sink) => ({ level: 'trace' as const, stream: new LogOutput(sink) }))
  return streamLogger(level, multistream(streams))
}
