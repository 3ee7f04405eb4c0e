import { once } from 'node:events'
import { linkSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { FolderSocket, SOCKET_FILE } from '../../../src-main/settings/folder-socket.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

const take = (port?: number): ReturnType<typeof FolderSocket.take> => FolderSocket.take(folder, () => port)

/** Leaves the file of a socket behind on which nobody listens, as a killed process does. */
async function leaveBehind(): Promise<void> {
  const other = path.join(folder, 'other')
  const server = createServer().listen(other)
  await once(server, 'listening')
  linkSync(other, path.join(folder, SOCKET_FILE))
  server.close()
  await once(server, 'close')
}

describe.skipIf(process.platform !== 'linux')('the lock in a folder', () => {
  test('is held by one, who tells its port, until it is given back', async () => {
    const first = await take(3004)
    if (!(first instanceof FolderSocket)) throw new Error('not taken')
    expect(readdirSync(folder)).toEqual([SOCKET_FILE])
    expect(await take()).toEqual({ is: 'alive', port: 3004 })
    await first.release()
    expect(readdirSync(folder)).toEqual([])
    const next = await take()
    expect(next).toBeInstanceOf(FolderSocket)
    if (next instanceof FolderSocket) await next.release()
  })

  test('that was left behind is taken by one of several starts', async () => {
    await leaveBehind()
    const all = await Promise.all(Array.from({ length: 20 }, () => take()))
    const holders = all.filter((one) => one instanceof FolderSocket)
    expect(holders).toHaveLength(1)
    expect(all.filter((one) => !(one instanceof FolderSocket) && one.is === 'alive')).toHaveLength(19)
    expect(readdirSync(folder)).toEqual([SOCKET_FILE])
    await Promise.all(holders.map((one) => one.release()))
  })

  test('given back late does not take away that of the next holder', async () => {
    const first = await take(1)
    if (!(first instanceof FolderSocket)) throw new Error('not taken')
    rmSync(path.join(folder, SOCKET_FILE))
    const second = await take(2)
    if (!(second instanceof FolderSocket)) throw new Error('not taken')
    await first.release()
    expect(await take()).toEqual({ is: 'alive', port: 2 })
    await second.release()
  })

  test('is not to be had where something else lies in its place, which stays', async () => {
    writeFileSync(path.join(folder, SOCKET_FILE), 'mine')
    expect(await take()).toEqual({ is: 'unknown' })
    expect(readdirSync(folder)).toEqual([SOCKET_FILE])
  })
})
