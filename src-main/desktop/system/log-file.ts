/** The log of the desktop app: a rotating file, and the terminal it was started from. */
import path from 'node:path'
import { multistream } from 'pino'
import pinoRoll from 'pino-roll'
import { LOG_FILE_SIZE, OLD_LOG_FILES } from '../limits.ts'
import { streamLogger, type Logger, type LogLevel } from '../../platform/log.ts'
import { ensureFolder, FILE_MODE } from '../../settings/file.ts'
import { FILE_NAME } from './names.ts'

/**
 * Opens the log in a folder, which is made where it is missing. Written at once and not from a buffer: what was
 * said last before a crash is what is looked for.
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
  // A full disk must not end the app.
  file.on('error', () => undefined)
  const streams = [{ level: 'trace' as const, stream: file }]
  const terminal = { level: 'trace' as const, stream: process.stderr }
  return streamLogger(level, multistream(process.stderr.isTTY ? [...streams, terminal] : streams))
}
