/** The password in the booted app: the window gets in by its token and nothing else does; the tray removes the password. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { browserWindow, startAgain, tray } from '../electron-stand-in/control.ts'
import { dialog } from '../electron-stand-in/dialog.ts'
import { clipboard, shell } from '../electron-stand-in/system.ts'
import { until } from './until.ts'

const PASSWORD = 'correct horse battery'

async function statusWith(base: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(`${base}/api/status`, { headers })).status
}

async function setPassword(base: string): Promise<void> {
  const { status } = await fetch(`${base}/api/auth/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password: PASSWORD }),
  })
  assert.equal(status, 200)
  assert.equal(await statusWith(base), 401, 'the API is open although a password is set')
}

/** Opens a new window and returns the address it loads. */
async function openedUrl(base: string): Promise<URL> {
  browserWindow()?.close()
  startAgain()
  await until('the window shows the configuration', () => browserWindow()?.contents.status === 200)
  const contents = browserWindow()?.contents
  assert.equal(contents?.getURL(), `${base}/config`, 'the token stays in the address')
  assert.equal((await contents.call('/api/status')).status, 200, 'the window is not let in')
  return new URL(contents.loaded[0] ?? '')
}

/** Asks as the window did; the answer is the session's cookie. */
async function tokenOpens(base: string, url: URL): Promise<void> {
  assert.equal(url.origin, base)
  const entry = await fetch(url, { redirect: 'manual' })
  assert.equal(entry.status, 303)
  assert.equal(entry.headers.get('location'), '/config')
  const [cookie = ''] = (entry.headers.getSetCookie()[0] ?? '').split(';')
  assert.equal(await statusWith(base, { cookie }), 200)
  assert.equal(await statusWith(base), 401)
}

function isNowhereElse(dataFolder: string, token: string): void {
  tray().item('Open in browser').click()
  tray().item('Copy address for Immich').click()
  assert.ok(![...shell.urls, clipboard.text].join(' ').includes('token'), 'the token is handed on')
  const files = ['', 'logs'].flatMap((folder) =>
    readdirSync(path.join(dataFolder, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => path.join(dataFolder, folder, name)),
  )
  assert.ok(files.some((file) => file.endsWith('.log')))
  for (const file of files) assert.ok(!readFileSync(file, 'utf8').includes(token), `${file} holds the token`)
}

export async function password(base: string, dataFolder: string): Promise<void> {
  await setPassword(base)
  const url = await openedUrl(base)
  const token = url.searchParams.get('token') ?? ''
  assert.match(token, /^[\w-]{43}$/)
  await tokenOpens(base, url)
  isNowhereElse(dataFolder, token)
  await until('the tray offers the removal', () => tray().item('Remove password…'))
  tray().item('Remove password…').click()
  dialog.open[0]?.press('Remove password')
  await until('the API is open again', async () => (await statusWith(base)) === 200)
}
