/** The report for an issue: what is in it, and that no secret is. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { REPORT_RECORDS } from '../../../src-main/desktop/limits.ts'
import { startTestDesktop, type TestDesktop, useDesktops } from '../../support/desktop.ts'
import { browserWindow, tray } from '../../support/electron-stand-in/control.ts'
import { dialog } from '../../support/electron-stand-in/dialog.ts'
import { shell, StandInNotification } from '../../support/electron-stand-in/system.ts'
import { readZip } from '../../support/zip.ts'

const KEY = 'k3y-of-the-backend'
const PASSWORD = 'correct horse battery'
const PHOTO_TEXT = 'a very private search'
/** Headers of a client, as a gateway in front may add them. */
const CLIENT_HEADERS = {
  authorization: 'Basic client-login',
  cookie: 'session=client-cookie',
  'x-forwarded-access-token': 'client-token',
}
const CONFIG = {
  defaultBackend: 'nas',
  backends: [
    {
      name: 'nas',
      url: 'http://127.0.0.1:9',
      headers: { Authorization: `Bearer ${KEY}`, 'X-Short': 'on' },
    },
  ],
  immich: { url: 'http://127.0.0.1:9', apiKey: 'immich-api-key' },
  // A key that this version does not know, as of a later one.
  later: { apiKey: 'a-later-key' },
}
const poll = expect.poll

useDesktops()

async function predict(base: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const form = new FormData()
    form.set('entries', '{"clip":{"textual":{"modelName":"m"}}}')
    form.set('text', PHOTO_TEXT)
    await fetch(`${base}/predict?key=in-the-query`, {
      method: 'POST',
      headers: CLIENT_HEADERS,
      body: form,
    })
  }
}

/** A desktop with secrets wherever there can be some. */
async function withSecrets(): Promise<TestDesktop & { secrets: string[] }> {
  const desktop = await startTestDesktop({ config: CONFIG })
  const { service, folder, base } = desktop
  service.recorder.setEnabled(true)
  await predict(base(), 3)
  await service.auth.setPassword(PASSWORD, undefined, { address: 'test' })
  tray().item('Open configuration').click()
  await poll(() => browserWindow()?.contents.status).toBe(200)
  const login = await service.auth.login(PASSWORD, { address: 'test' })
  const hash = service.store.config.security?.passwordHash ?? ''
  expect(hash).not.toBe('')
  mkdirSync(path.join(folder, 'logs'), { recursive: true })
  // Nothing logs secrets; if something does, they are not in the report.
  const line = `GET /config?token=${service.windowToken} Bearer ${KEY} ${hash} immich-api-key\nall is well\n`
  writeFileSync(path.join(folder, 'logs/immich-ml-proxy.1.log'), line)
  writeFileSync(path.join(folder, 'logs/other.txt'), 'not a log of ours')
  const secrets = [
    KEY,
    PASSWORD,
    hash,
    service.windowToken,
    login,
    PHOTO_TEXT,
    'in-the-query',
    'immich-api-key',
    'a-later-key',
    'client-login',
    'client-cookie',
    'client-token',
  ]
  return { ...desktop, secrets }
}

test('the report has logs, versions, health, configuration and records, and no secret', async () => {
  const { folder, secrets } = await withSecrets()
  dialog.saveTo = path.join(folder, 'report.zip')
  tray().item('Save a report…').click()
  await poll(() => shell.items).toEqual([dialog.saveTo])
  const files = readZip(dialog.saveTo)
  expect([...files.keys()].sort()).toEqual([
    'config.json',
    'health.json',
    'logs/immich-ml-proxy.1.log',
    'records.json',
    'versions.json',
  ])
  for (const [name, text] of files) for (const secret of secrets) expect(text, name).not.toContain(secret)
  expect(files.get('logs/immich-ml-proxy.1.log')).toContain('all is well')
  const json = (name: string): unknown => JSON.parse(files.get(name) ?? '')
  expect(json('versions.json')).toMatchObject({ node: process.versions.node, platform: process.platform })
  expect(json('health.json')).toMatchObject({ backends: { nas: {} } })
  expect(json('config.json')).toMatchObject({ backends: [{ name: 'nas', url: 'http://127.0.0.1:9' }] })
  const records = json('records.json') as {
    request: { url: string; body: { size: number; parts: object[] } }
  }[]
  expect(records.length).toBeGreaterThanOrEqual(3)
  expect(records[0]?.request).toMatchObject({ url: '/predict', body: { kind: 'multipart' } })
  expect(records[0]?.request.body.parts[1]).toEqual({
    name: 'text',
    contentType: expect.any(String) as string,
    size: PHOTO_TEXT.length,
  })
  // Also where the words of a secret were changed on the way.
  expect(JSON.stringify(records)).not.toContain('preview')
})

test('only the last records are in it', async () => {
  const { service, folder, base } = await startTestDesktop({ config: CONFIG })
  service.recorder.setEnabled(true)
  mkdirSync(path.join(folder, 'logs'), { recursive: true })
  await predict(base(), REPORT_RECORDS + 2)
  dialog.saveTo = path.join(folder, 'report.zip')
  tray().item('Save a report…').click()
  await poll(() => shell.items).toHaveLength(1)
  const records = JSON.parse(readZip(dialog.saveTo).get('records.json') ?? '') as { id: string }[]
  expect(records).toHaveLength(REPORT_RECORDS)
  expect(records.at(-1)?.id).toBe(service.recorder.list().at(-1)?.id)
})

test('nothing is written if the dialog is cancelled, and a failure is shown', async () => {
  const { folder } = await startTestDesktop({ config: CONFIG })
  mkdirSync(path.join(folder, 'logs'), { recursive: true })
  tray().item('Save a report…').click()
  dialog.saveTo = path.join(folder, 'no/such/folder/report.zip')
  tray().item('Save a report…').click()
  await poll(() => StandInNotification.shown.at(-1)?.options.body).toContain('ENOENT')
  expect(existsSync(path.join(folder, 'no'))).toBe(false)
  expect(readdirSync(folder).filter((name) => name.endsWith('.zip'))).toEqual([])
})
