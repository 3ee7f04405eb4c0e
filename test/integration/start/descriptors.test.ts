import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { folder, useFolder } from '../../support/folder.ts'
import { Program, projectRoot } from '../../support/program.ts'

useFolder()

let program: Program | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  program?.kill('SIGKILL')
  await program?.ended
})

test.skipIf(process.platform !== 'linux')(
  'more connections than the system has file descriptors for end nothing',
  async () => {
    const cli = `"${process.execPath}" "${path.join(projectRoot, 'dist/src-main/cli.js')}"`
    const flags = `--headless --port=0 --host=127.0.0.1 "--user-data-dir=${folder}"`
    program = new Program('sh', ['-c', `ulimit -n 64; exec ${cli} ${flags}`])
    const [, url = ''] = await program.until(/open\s+(http:\S+)\/config/)
    const port = Number(new URL(url).port)
    for (let count = 0; count < 120; count++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      sockets.push(socket)
    }
    // Those that cannot be accepted are closed or wait; the first ones are accepted.
    await once(sockets[0] as Socket, 'connect')
    await expect.poll(() => program?.stderr).toContain('a connection could not be accepted')
    for (const socket of sockets) socket.destroy()
    await expect.poll(async () => (await fetch(`${url}/ping`).catch(() => undefined))?.status).toBe(503)
    program.kill('SIGTERM')
    expect(await program.ended).toBe(0)
  },
)
