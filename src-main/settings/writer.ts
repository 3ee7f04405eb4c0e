/** What replaces `config.json` in one step: conf in plain Node, electron-store on the desktop. */
import { CONFIG_NAME, FILE_MODE } from './file.ts'

/** Replaces the whole file in one step, so that no reader sees half of it. */
export interface Writer {
  write(data: Record<string, unknown>): void
}

/** Makes the writer of `<folder>/config.json`. */
export type WriterFactory = (folder: string) => Promise<Writer>

/** The text of the file. */
export const serialize = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** The options of conf and electron-store. */
export const WRITER_OPTIONS = {
  configFileMode: FILE_MODE,
  accessPropertiesByDotNotation: false,
  clearInvalidConfig: false,
  serialize,
  // Both libraries read the file when they are made and would throw for one that is no JSON. Nothing is read by them.
  deserialize: (): Record<string, unknown> => ({}),
} as const

/**
 * A writer around conf or electron-store. Where the variable `SNAP` is set, conf writes in place, and a reader can
 * see half a file. Every terminal of an editor installed as a snap sets it, so it is hidden from conf while it
 * writes.
 */
export function writerBy(conf: { store: Record<string, unknown> }): Writer {
  return {
    write(data) {
      const { SNAP } = process.env
      delete process.env['SNAP']
      try {
        conf.store = data
      } finally {
        if (SNAP !== undefined) process.env['SNAP'] = SNAP
      }
    },
  }
}

/** The writer for plain Node, through conf. */
export const confWriter: WriterFactory = async (folder) => {
  const { default: Conf } = await import('conf')
  const conf = new Conf<Record<string, unknown>>({
    ...WRITER_OPTIONS,
    cwd: folder,
    configName: CONFIG_NAME,
    projectName: 'immich-ml-proxy',
  })
  return writerBy(conf)
}
