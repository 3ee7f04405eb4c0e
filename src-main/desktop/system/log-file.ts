/** The log of the desktop app: rotated files, and the terminal if the app was started from one. */
import path from 'node:path'
import { multistream } from 'pino'
import pinoRoll from 'pino-roll'
import { LOG_FILE_SIZE, OLD_LOG_FILES } from '../limits.ts'
import { streamLogger, type Logger, type LogLevel } from '../../platform/log.ts'
import { ensureFolder, FILE_MODE } from '../../settings/file.ts'
import { FILE_NAME } from './names.ts'

/**
 * Opens the log in a folder, which is created if it is missing. Lines are written synchronously, so that the last ones
 * before a crash are in the file.
 */
export async function openLog(folder: string, level: LogLevel): Promise<Logger> {
  ensureFolder(folder)
  const file = await pinoRoll({
    file: path.join(folder, FILE_NAME),
    extension: '.log',
    size: LOG_FILE_SIZE,
    limit: { count: OLD_LOG_FILES, removeOtherLogFiles: true },
    sync: true,
    mode: FILE_MODE,
  })
  // Without a listener an error of the stream, as with a full disk, would end the app.
  file.on('error', () => undefined)
  const streams = [{ level: 'trace' as const, stream: file }]
  const terminal = { level: 'trace' as const, stream: process.stderr }
  return streamLogger(level, multistream(process.stderr.isTTY ? [...streams, terminal] : streams))
}
