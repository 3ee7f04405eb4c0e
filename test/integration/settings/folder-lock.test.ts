import { readdirSync, rmSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { silentLogger } from '../../../src-main/platform/log.ts'
import { lockAddress } from '../../../src-main/settings/folder-lock.ts'
import { SOCKET_FILE } from '../../../src-main/settings/folder-socket.ts'
import { createService } from '../../../src-main/app/service.ts'
import { folder, useFolder } from '../../support/folder.ts'
import { namespaceProblem, UNSHARE } from '../../support/namespace.ts'
import { Program } from '../../support/program.ts'
import { startProxy, type TestProxy } from '../../support/proxy.ts'

useFolder()
let proxy: TestProxy | undefined

afterEach(async () => {
  await proxy?.service.stop(0)
  proxy = undefined
})

const start = async (): Promise<TestProxy> => (proxy = await startProxy({ userDataDir: folder }))
const argsFor = (where: string): string[] => [
  '--import',
  'tsx',
  'src-main/cli.ts',
  '--headless',
  '--host=127.0.0.1',
  '--port=0',
  `--user-data-dir=${where}`,
]
const program = (where = folder): Program => new Program(process.execPath, argsFor(where))

test('a second process on the same folder is refused and told the port of the first', async () => {
  const { url } = await start()
  const second = program()
  expect(await second.ended).toBe(1)
  expect(second.stderr).toContain(
    `The folder ${folder} is in use by another Immich ML Proxy, which listens on port ${new URL(url).port}; ` +
      'end that one, or name another folder with --user-data-dir=DIR',
  )
  expect(second.stdout).toBe('')
})

test('so is one that names the folder by another path', async () => {
  await start()
  const other = `${folder}-link`
  symlinkSync(folder, other)
  try {
    const second = program(other)
    expect(await second.ended).toBe(1)
    expect(second.stderr).toContain(`The folder ${other} is in use`)
  } finally {
    rmSync(other)
  }
})

test('a service that does not listen yet is told of without a port', async () => {
  const options = { userDataDir: folder, log: silentLogger() }
  const first = await createService(options)
  await expect(createService(options)).rejects.toThrow(/is in use by another Immich ML Proxy; end that one/)
  await first.stop(0)
  const next = await createService(options)
  await next.stop(0)
})

/** What is left in a folder besides the files of states, which any stop writes. */
const besidesState = (folder: string): string[] => readdirSync(folder).filter((name) => name !== 'state')

test('the lock ends with its process, however that ends, and the next one leaves nothing behind', async () => {
  const first = program()
  await first.until(/for Immich/)
  first.kill('SIGKILL')
  expect(await first.ended).toBe('SIGKILL')
  expect(besidesState(folder).filter((name) => name !== SOCKET_FILE)).toEqual([])
  const { service } = await start()
  await service.stop(0)
  expect(besidesState(folder)).toEqual([])
})

const problem = namespaceProblem()
if (problem !== undefined) console.log(`skipped: a second container needs a network namespace (${problem})`)

test.skipIf(problem !== undefined)(
  'a process in another container, with a network of its own, is refused as well',
  async () => {
    const { url } = await start()
    const second = new Program('unshare', [...UNSHARE, process.execPath, ...argsFor(folder)])
    expect(await second.ended).toBe(1)
    expect(second.stderr).toContain(
      `The folder ${folder} is in use by another Immich ML Proxy, which listens on port ${new URL(url).port}`,
    )
  },
)

test.skipIf(process.platform !== 'linux')(
  'a folder whose path is too long for a socket is used all the same',
  async () => {
    const deep = path.join(folder, 'x'.repeat(100))
    const options = { userDataDir: deep, log: silentLogger() }
    const first = await createService(options)
    await expect(createService(options)).rejects.toThrow('is in use by another Immich ML Proxy')
    await first.stop(0)
    expect(besidesState(deep)).toEqual([])
  },
)

test('two folders do not concern each other', async () => {
  await start()
  const other = await startProxy()
  await other.stop()
})

test('a start that failed gives the lock back', async () => {
  const writer = (): never => {
    throw new Error('no writer')
  }
  await expect(startProxy({ userDataDir: folder, writer })).rejects.toThrow('no writer')
  await start()
})

test.skipIf(process.platform !== 'linux')(
  'clients that stay connected to the lock keep nobody from being told',
  async () => {
    const { url } = await start()
    const address = lockAddress(folder)
    const sockets = Array.from({ length: 50 }, () => connect({ path: address, allowHalfOpen: true }))
    for (const socket of sockets) socket.on('error', () => undefined)
    await expect(startProxy({ userDataDir: folder })).rejects.toThrow('is in use by another Immich ML Proxy')
    for (const socket of sockets) socket.destroy()
    expect((await fetch(`${url}/api/status`)).status).toBe(200)
  },
)
