// `node scripts/smoke.mjs PROGRAM [FLAGS]`: checks that a packaged program starts, serves and ends.
import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 60_000
const PORT = 3_999

const [program = '', ...flags] = process.argv.slice(2)
const data = await mkdtemp(path.join(tmpdir(), 'immich-ml-proxy-smoke-'))
const own = [`--port=${PORT}`, '--host=127.0.0.1', `--user-data-dir=${data}`]
const child = spawn(program, [...flags, ...own], { stdio: 'inherit' })
/** @type {Promise<number | null>} */
const ended = new Promise((resolve, reject) => {
  child.once('error', reject)
  child.once('exit', resolve)
})

/** @returns {Promise<{ version: string, desktop: boolean } | undefined>} */
async function status() {
  try {
    return await (await fetch(`http://127.0.0.1:${PORT}/api/status`)).json()
  } catch {
    // It does not listen yet.
    return undefined
  }
}

/** Resolves with the status once the program serves; undefined if it ends before or takes too long. */
async function untilItServes() {
  const end = performance.now() + LIMIT_MS
  while (performance.now() < end && child.exitCode === null) {
    const answer = await status()
    if (answer !== undefined) return answer
    await sleep(500)
  }
  return undefined
}

const answer = await untilItServes()
console.log(
  answer === undefined ? `${program} does not serve` : `${program} serves, version ${answer.version}`,
)
child.kill()
await Promise.race([ended, sleep(10_000)])
process.exit(answer === undefined ? 1 : 0)
