/** Writes config.json with electron-store. */
import ElectronStore from 'electron-store'
import { CONFIG_NAME, writerBy, WRITER_OPTIONS, type WriterFactory } from '../../settings/file.ts'

export const electronStoreWriter: WriterFactory = (folder) => {
  const store = new ElectronStore<Record<string, unknown>>({
    ...WRITER_OPTIONS,
    cwd: folder,
    name: CONFIG_NAME,
  })
  return Promise.resolve(writerBy(store))
}
