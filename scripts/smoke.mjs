// `node scripts/smoke.mjs PROGRAM [FLAGS]`: checks that a packaged program starts, serves and ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 60_000
/** Ports to try: the first one may be taken between the check and the start. */
const ATTEMPTS = 2

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/**
 * The status of the program, or undefined while nothing answers.
 * @param {number} port
 * @returns {Promise<{ version: string, desktop: boolean } | undefined>}
 */
async function status(port) {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/api/status`)).json()
  } catch {
    // It does not listen yet.
    return undefined
  }
}

/**
 * Starts the program on a port, waits until it serves, and ends it.
 * @param {string} program
 * @param {readonly string[]} flags
 * @returns {Promise<string | undefined>} the version it answers with
 */
async function attempt(program, flags) {
  const port = await freePort()
  const data = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-smoke-'))
  const own = [`--port=${port}`, '--host=127.0.0.1', `--user-data-dir=${data}`]
  const child = spawn(program, [...flags, ...own], { stdio: 'inherit' })
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${program} cannot be started: ${error.message}`)
      resolve(null)
    })
    child.once('exit', resolve)
  })
  let isOver = false
  void ended.then(() => (isOver = true))
  const end = performance.now() + LIMIT_MS
  let answer
  while (answer === undefined && !isOver && performance.now() < end) {
    await sleep(500)
    answer = await status(port)
  }
  child.kill()
  await Promise.race([ended, sleep(10_000)])
  return answer?.version
}

const [program = '', ...flags] = process.argv.slice(2)
let version
for (let count = 0; count < ATTEMPTS && version === undefined; count++)
  version = await attempt(program, flags)
console.log(version === undefined ? `${program} does not serve` : `${program} serves, version ${version}`)
process.exit(version === undefined ? 1 : 0)
