/** Settings that the command line overrides. Pure. */
import type { Status } from '../../src-shared/api.ts'

/** The note below a setting that a flag overrides; undefined if none does. */
export function overruledText(
  status: Pick<Status, 'commandLine'> | undefined,
  setting: 'port' | 'host',
): string | undefined {
  const value = status?.commandLine[setting]
  if (value === undefined) return undefined
  return `In force: ${value}, from the command line. What stands here counts without --${setting}.`
}
