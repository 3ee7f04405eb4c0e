/** Errors in the desktop end neither the app nor the service. */
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'

/**
 * Runs an action of the desktop. An error, also of the promise it returns, is logged and passed to `onError`; it is not
 * thrown, as an uncaught exception would end the service with all its predictions.
 * @param what completes "… failed" in the log
 */
export function runSafely(
  log: Logger,
  what: string,
  action: () => unknown,
  onError: (error: unknown) => void = () => undefined,
): void {
  const fail = (error: unknown): void => {
    log.error({ error: errorText(error) }, `${what} failed`)
    onError(error)
  }
  try {
    const result = action()
    if (result instanceof Promise) result.catch(fail)
  } catch (error) {
    fail(error)
  }
}
