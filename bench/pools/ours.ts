/** Starts this proxy with a way of sharing or a number of slots. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Share } from '../../src-shared/config/pool-schema.ts'
import { CLI } from '../contenders.ts'
import { freePort, type Running, type Stage } from '../stage.ts'

/** The build does not know a setting; the message has the setting and what the build stored instead. */
export class SettingUnknown extends Error {}

export interface OursOptions {
  /** Absent: the pool is a plain list, as in files of earlier versions. */
  share?: Share
  /** Of every backend; learned where absent. */
  maxConcurrent?: number
}

/**
 * Starts ours with a pool as its default.
 * @throws {SettingUnknown} where the build does not take the settings as they are
 */
export async function startOurs(
  stage: Stage,
  name: string,
  urls: ReadonlyMap<string, string>,
  { share, maxConcurrent }: OursOptions,
): Promise<Running> {
  const folder = stage.file(name)
  mkdirSync(folder, { recursive: true })
  const names = [...urls.keys()]
  const defaultBackend = share === undefined ? names : { backends: names, share }
  const backends = [...urls].map(([backend, url]) => ({
    name: backend,
    url,
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
  }))
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ defaultBackend, backends }))
  const port = await freePort()
  const args = [CLI, '--headless', '--host=127.0.0.1', `--port=${port}`, `--user-data-dir=${folder}`]
  let running: Running
  try {
    running = await stage.start({ name, command: process.execPath, args, port })
  } catch (error) {
    // A build that refuses the file answers no ping.
    if (share === undefined) throw error
    throw new SettingUnknown(`this build does not know share "${share}"`)
  }
  const config = (await (await fetch(`${running.url}/api/config`)).json()) as { defaultBackend?: unknown }
  if (JSON.stringify(config.defaultBackend) === JSON.stringify(defaultBackend)) return running
  await running.stop()
  throw new SettingUnknown(`this build does not know share "${share ?? 'of a list'}"`)
}

/** The slots of each backend as ours shows them; undefined for a build that has none. */
export async function slotsOf(running: Running): Promise<Record<string, number> | undefined> {
  const states = (await (await fetch(`${running.url}/api/backends`)).json()) as Record<
    string,
    { slots?: unknown }
  >
  const slots = Object.entries(states).flatMap(([name, state]) =>
    typeof state.slots === 'number' ? [[name, state.slots] as const] : [],
  )
  return slots.length === 0 ? undefined : Object.fromEntries(slots)
}
