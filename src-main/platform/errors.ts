/** An error that a client or user may see: the message is a sentence that names what to do. */
export class AppError extends Error {
  /** Stable, in capitals. */
  readonly code: string
  /** The HTTP status of an answer. */
  readonly status: number
  /** Further fields of the JSON answer. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, status: number, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.name = 'AppError'
    this.code = code
    this.status = status
    this.details = details
  }
}

/** The message of a thrown value of any type. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0) {
    return errorText(error.errors[0])
  }
  return error instanceof Error ? error.message : String(error)
}

/** The `code` of an error of Node or a library; undefined where it has none. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * An error of the file system without the path that Node puts at its end: `EACCES: permission denied`. Answers and
 * warnings are read by others than who sits at this computer.
 */
export function fileErrorText(error: unknown): string {
  const text = errorText(error)
  return errorCode(error) === undefined ? text : text.replace(/, \w+(?: .*)?$/s, '')
}
