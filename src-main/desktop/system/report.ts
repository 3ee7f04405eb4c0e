/** Saves a report for an issue: one zip file with logs, versions, health, configuration and records. */
import { createWriteStream, readdirSync, readFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { release } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { app, BrowserWindow, dialog, shell } from 'electron'
import { ZipFile } from 'yazl'
import type { Service } from '../../app/service.ts'
import { version } from '../../platform/package-info.ts'
import { FILE_MODE } from '../../settings/file.ts'
import { masked } from '../../settings/merge.ts'
import type { Desktop } from '../desktop.ts'
import { FILE_NAME } from './names.ts'
import { describeRecords, secretValues, toJson, withoutSecrets } from './report-content.ts'

/** A file of the report. */
interface ReportFile {
  readonly name: string
  readonly text: string
}

function versions(): object {
  const { electron, chrome, node, v8 } = process.versions
  return {
    app: version,
    electron,
    chrome,
    node,
    v8,
    platform: process.platform,
    arch: process.arch,
    system: release(),
    isPackaged: app.isPackaged,
    desktop: process.env['XDG_CURRENT_DESKTOP'],
    session: process.env['XDG_SESSION_TYPE'],
  }
}

function logFiles(folder: string): ReportFile[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(FILE_NAME) && name.endsWith('.log'))
  return names.map((name) => ({
    name: `logs/${name}`,
    text: readFileSync(path.join(folder, name), 'utf8'),
  }))
}

/** The files of the report, without secrets. Throws if the logs cannot be read. */
export function reportFiles(service: Service, logsFolder: string): ReportFile[] {
  const { availability, recorder, store } = service
  const secrets = secretValues(store.config, [service.windowToken])
  const files = [
    { name: 'versions.json', text: toJson(versions()) },
    { name: 'health.json', text: toJson({ status: service.status(), backends: availability.states() }) },
    { name: 'config.json', text: toJson(masked(store.config)) },
    { name: 'records.json', text: toJson(describeRecords(recorder.list())) },
    ...logFiles(logsFolder),
  ]
  return files.map(({ name, text }) => ({ name, text: withoutSecrets(text, secrets) }))
}

/** Writes a zip file. It has its name only once it is complete. Throws if it cannot be written. */
async function writeZip(file: string, files: readonly ReportFile[]): Promise<void> {
  const zip = new ZipFile()
  const failed = new AbortController()
  zip.on('error', (error: unknown) => failed.abort(error))
  for (const { name, text } of files) zip.addBuffer(Buffer.from(text), name)
  zip.end()
  const next = `${file}.part`
  try {
    const target = createWriteStream(next, { mode: FILE_MODE })
    await pipeline(zip.outputStream, target, { signal: failed.signal })
    await rename(next, file)
  } catch (error) {
    await rm(next, { force: true })
    throw error
  }
}

/** Asks where to save the report, saves it, and shows it in the file manager. Throws if it cannot be written. */
export async function saveReport({ service, log }: Desktop): Promise<void> {
  const day = new Date().toISOString().slice(0, 10)
  const options = {
    title: 'Save a report',
    defaultPath: path.join(app.getPath('documents'), `${FILE_NAME}-report-${day}.zip`),
    filters: [{ name: 'Zip file', extensions: ['zip'] }],
  }
  const window = BrowserWindow.getAllWindows().find((one) => one.isVisible())
  // An app without a Dock icon would open the dialog behind other windows.
  if (process.platform === 'darwin') app.focus({ steal: true })
  const { canceled, filePath } = await (window === undefined
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options))
  if (canceled || filePath === '') return
  await writeZip(filePath, reportFiles(service, app.getPath('logs')))
  log.info({ file: filePath }, 'saved a report')
  shell.showItemInFolder(filePath)
}
