/** Writes config.json through electron-store. */
import ElectronStore from 'electron-store'
import { CONFIG_NAME, WRITER_OPTIONS, type WriterFactory } from '../settings/file.ts'

export const electronStoreWriter: WriterFactory = (folder) => {
  const store = new ElectronStore<Record<string, unknown>>({
    ...WRITER_OPTIONS,
    cwd: folder,
    name: CONFIG_NAME,
  })
  const writer = {
    write(data: Record<string, unknown>): void {
      store.store = data
    },
  }
  return Promise.resolve(writer)
}
