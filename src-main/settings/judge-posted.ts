/** Judges a posted configuration against the one in force. Pure. */
import { withinCaps } from '../../src-shared/config/caps.ts'
import { settleOriginal } from '../../src-shared/config/original.ts'
import { Problems, problemText, type ConfigProblem } from '../../src-shared/config/problems.ts'
import type { ConfigReading } from '../../src-shared/config/reading.ts'
import { isPlain } from '../../src-shared/config/schema-shape.ts'
import { judge, problemsText, savedConfigSchemaWith, type Config } from '../../src-shared/config/schema.ts'
import { AppError } from '../platform/errors.ts'
import { completePosted, foreignSockets } from './merge.ts'

/** The home network may post a configuration, and a path that is opened with our rights is not for it to choose. */
const SOCKET_PROBLEM =
  'can be set in config.json by hand alone; leave it out, and the known sockets of this computer are tried'

function invalid(problems: ConfigProblem[]): AppError {
  return new AppError('CONFIG_INVALID', 400, `Not saved: ${problemsText(problems)}`, { problems })
}

function requireWithinCaps(value: unknown): void {
  const problems = new Problems()
  withinCaps(value, problems)
  if (problems.count > 0) throw invalid(problems.list)
}

/**
 * The configuration that a posted one means, judged whole.
 * @param current what is in force
 * @param posted the body of `POST /api/config`, of any type
 * @returns with it what is used in another way than it was posted ({@link settleOriginal}), as sentences
 * @throws {AppError} CONFIG_INVALID (400), with `problems`
 */
export function judgePosted(
  current: ConfigReading,
  posted: unknown,
): { readonly config: Config; readonly warnings: readonly string[] } {
  requireWithinCaps(posted)
  const completed = completePosted(current.config, posted)
  // Fields that are not known are kept, so several posts could add up to more than one may hold.
  requireWithinCaps(completed)
  const unusable = new Set(current.unusable.map(({ name }) => name))
  const told = new Problems()
  const settled = isPlain(completed)
    ? settleOriginal(completed, { unusable, isFile: false }, told)
    : completed
  const judged = judge(savedConfigSchemaWith(unusable), settled)
  if (!judged.ok) throw invalid([...judged.problems])
  const foreign = foreignSockets(current.config, judged.value)
  if (foreign.length > 0) {
    throw invalid(
      foreign.map((index) => ({ path: ['backends', index, 'manage', 'socket'], message: SOCKET_PROBLEM })),
    )
  }
  return { config: judged.value, warnings: told.list.map(problemText) }
}
