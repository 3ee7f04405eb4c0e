/** Writes config.json with electron-store. */
import ElectronStore from 'electron-store'
import { CONFIG_NAME } from '../../settings/file.ts'
import { writerBy, WRITER_OPTIONS, type WriterFactory } from '../../settings/writer.ts'

export const electronStoreWriter: WriterFactory = (folder) => {
  const store = new ElectronStore<Record<string, unknown>>({
    ...WRITER_OPTIONS,
    cwd: folder,
    name: CONFIG_NAME,
  })
  return Promise.resolve(writerBy(store))
}
