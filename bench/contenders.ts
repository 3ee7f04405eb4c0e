/** Starts the servers that are compared, each as a process on a free port. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { startBackend, startProxy } from './nginx.ts'
import { freePort, type Running, type Stage } from './stage.ts'
import type { Tools } from './tools.ts'

const ROOT = path.dirname(import.meta.dirname)
const NAIVE = path.join(import.meta.dirname, 'baselines', 'naive', 'server.mjs')
const SLOW = path.join(import.meta.dirname, 'support', 'slow-backend.mjs')
/** Ours, built. */
export const CLI = path.join(ROOT, 'dist', 'src-main', 'cli.js')

/** Bytes of an answer, as those of an embedding of 512 numbers. */
const ANSWER_BYTES = 6_000

/** What a backend answers: a list of numbers as text, as the real one does. */
export function answerFor(task: string): string {
  const numbers: string[] = []
  for (let length = 40, index = 1; length < ANSWER_BYTES; index++) {
    const number = Math.sin(index).toFixed(8)
    numbers.push(number)
    length += number.length + 1
  }
  return JSON.stringify({ [task]: `[${numbers.join(',')}]`, imageHeight: 960, imageWidth: 1440 })
}

/** The two backends of one set; `clip` is served by the first, faces by the second. */
export interface Backends {
  readonly first: string
  readonly second: string
}

export const TASKS = { first: 'clip', second: 'facial-recognition' } as const

export async function startFastBackends(
  stage: Stage,
  tools: Tools,
): Promise<{ first: Running; second: Running }> {
  return {
    first: await startBackend(stage, tools.nginx, 'backend-1', answerFor(TASKS.first)),
    second: await startBackend(stage, tools.nginx, 'backend-2', answerFor(TASKS.second)),
  }
}

/** Milliseconds that the slow backends take. */
export const SLOW_MS = { first: 25, second: 40 } as const

export async function startSlowBackends(stage: Stage): Promise<Backends> {
  const urls = []
  for (const which of ['first', 'second'] as const) {
    const answerFile = stage.file(`slow-${which}.json`)
    writeFileSync(answerFile, answerFor(TASKS[which]))
    const port = await freePort()
    const backend = [{ port, delayMs: SLOW_MS[which], answerFile }]
    const args = [SLOW, JSON.stringify(backend)]
    urls.push((await stage.start({ name: `slow-${which}`, command: process.execPath, args, port })).url)
  }
  const [first = '', second = ''] = urls
  return { first, second }
}

export function startPlainProxy(
  stage: Stage,
  tools: Tools,
  name: string,
  backends: Backends,
  keepsMemory = false,
): Promise<Running> {
  return startProxy(stage, tools.nginx, name, backends.first, keepsMemory)
}

export async function startNaive(stage: Stage, name: string, backends: Backends): Promise<Running> {
  const routes = { default: backends.first, [TASKS.second]: backends.second }
  const port = await freePort()
  const args = [NAIVE, String(port), JSON.stringify(routes)]
  return stage.start({ name, command: process.execPath, args, port })
}

/** Our configuration for two backends; without backends there are no health checks. */
function writeConfig(stage: Stage, name: string, backends: Backends | undefined): string {
  const folder = stage.file(name)
  mkdirSync(folder, { recursive: true })
  if (backends === undefined) return folder
  const config = {
    defaultBackend: 'first',
    backends: [
      { name: 'first', url: backends.first },
      { name: 'second', url: backends.second },
    ],
    taskRouting: { [TASKS.second]: 'second' },
  }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
  return folder
}

export interface OursOptions {
  debug?: boolean
  /** Flags for Node itself. */
  nodeFlags?: readonly string[]
}

/** The command line of this proxy, to measure its start. */
export async function oursCommand(
  stage: Stage,
  name: string,
  backends: Backends | undefined,
  options: OursOptions = {},
): Promise<{ args: string[]; port: number }> {
  const port = await freePort()
  const folder = writeConfig(stage, name, backends)
  const args = [
    ...(options.nodeFlags ?? []),
    CLI,
    '--headless',
    '--host=127.0.0.1',
    `--port=${port}`,
    `--user-data-dir=${folder}`,
    ...(options.debug === true ? ['--debug'] : []),
  ]
  return { args, port }
}

export async function startOurs(
  stage: Stage,
  name: string,
  backends: Backends,
  options: OursOptions = {},
): Promise<Running> {
  const { args, port } = await oursCommand(stage, name, backends, options)
  return stage.start({ name, command: process.execPath, args, port })
}
