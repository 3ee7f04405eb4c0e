/** A backend that a call posts with the values of a form, saved or not. */
import { backendSchema } from '../../../src-shared/config/backend-schema.ts'
import { tellShape } from '../../../src-shared/config/caps.ts'
import { Problems } from '../../../src-shared/config/problems.ts'
import { isPlain } from '../../../src-shared/config/schema-shape.ts'
import {
  judge,
  problemsText,
  type BackendConfig,
  type Config,
  type ConfigProblem,
} from '../../../src-shared/config/schema.ts'
import { AppError } from '../../platform/errors.ts'
import { completeBackend } from '../../settings/merge.ts'

const UNNAMED = 'test'

function invalid(refused: string, problems: readonly ConfigProblem[]): AppError {
  return new AppError('BACKEND_INVALID', 400, `${refused}: ${problemsText(problems)}`, { problems })
}

/**
 * The backend that is meant: what was posted, completed from the stored one by the rules of {@link completeBackend}, so
 * that hidden headers go to no other server than they were entered for.
 * @param refused how the message of an error begins
 * @throws {AppError} BACKEND_INVALID (400)
 */
export function postedBackend(config: Config, posted: unknown, refused: string): BackendConfig {
  const tooMuch = new Problems()
  tellShape(posted, tooMuch)
  if (tooMuch.count > 0) throw invalid(refused, tooMuch.list)
  const completed = completeBackend(config, posted)
  // The name is set after completion, which would else take headers from a stored backend of the same name.
  const named = isPlain(completed) ? { name: UNNAMED, ...completed } : completed
  const judged = judge(backendSchema, named)
  if (judged.ok) return judged.value
  throw invalid(refused, judged.problems)
}
