/** Tools of the system that check what the packages contain; not every machine has them. */
import { spawnSync } from 'node:child_process'

export interface Tool {
  readonly command: string
  /** The package of Debian that has it, or where else it comes from. */
  readonly from: string
}

/** Whether a tool is there. Says plainly which check does not run where it is missing. */
export function hasTool({ command, from }: Tool, check: string): boolean {
  const isThere = spawnSync(command, ['--version']).error === undefined
  if (!isThere) console.warn(`skipped: ${check} needs ${command} (${from})`)
  return isThere
}

/** Runs a tool and returns what it prints. Throws with it if the tool finds something. */
export function check(command: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`)
  return stdout
}
