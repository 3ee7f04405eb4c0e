/** A Redis of a test's own, on loopback, that keeps nothing on the disk. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from './ports.ts'

const PROGRAM = 'redis-server'

export interface TestRedis {
  readonly port: number
  stop(): Promise<void>
}

/** Why no Redis can be started here, or undefined when one can. */
export function redisProblem(): string | undefined {
  const { status, error } = spawnSync(PROGRAM, ['--version'])
  return status === 0 ? undefined : `${PROGRAM} is not installed (${error?.message ?? 'it does not start'})`
}

export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no']
  const child = spawn(PROGRAM, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve()
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${PROGRAM} ended with ${code ?? 'a signal'}`)))
  })
  await ready
  return {
    port,
    async stop() {
      child.kill()
      await exited
    },
  }
}
