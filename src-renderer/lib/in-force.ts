/** Settings that the command line or the environment overrides. Pure. */
import type { Status } from '../../src-shared/api.ts'

const VARIABLES = { port: 'IMP_PORT', host: 'IMP_HOST' } as const

/** The note below a setting that a flag or a variable overrides; undefined if none does. */
export function overruledText(
  status: Pick<Status, 'commandLine'> | undefined,
  setting: 'port' | 'host',
): string | undefined {
  const value = status?.commandLine[setting]
  if (value === undefined) return undefined
  return `In force: ${value}, from the command line or the environment. What stands here counts without --${setting} and ${VARIABLES[setting]}.`
}
