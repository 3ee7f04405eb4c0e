/** The HTTP client of the API. */
import { shallowRef } from 'vue'
import type { ApiError } from '../../src-shared/api.ts'
import type { ConfigProblem } from '../../src-shared/config/schema.ts'

/** An error answer, or no answer at all (status 0). */
export class ApiFailure extends Error {
  readonly status: number
  readonly problems: readonly ConfigProblem[]
  /** Seconds to wait before the next attempt, if the answer has them. */
  readonly retryAfter: number | undefined

  constructor(status: number, message: string, problems: readonly ConfigProblem[] = [], retryAfter?: number) {
    super(message)
    this.status = status
    this.problems = problems
    this.retryAfter = retryAfter
  }
}

/** Whether the proxy requires a password: it answered a call with 401, or its status says so. */
export const loginRequired = shallowRef(false)

const UNAUTHORIZED = 401

async function failureOf(response: Response): Promise<ApiFailure> {
  let body: Partial<ApiError> = {}
  try {
    body = (await response.json()) as Partial<ApiError>
  } catch {
    // Not JSON, for example from a reverse proxy: only the status is shown.
  }
  const message = body.error ?? `The proxy answered ${response.status} ${response.statusText}`
  const wait = Number(response.headers.get('retry-after'))
  return new ApiFailure(response.status, message, body.problems, wait > 0 ? wait : undefined)
}

/**
 * Calls the API.
 * @throws {ApiFailure} if the answer is not 2xx or there is none
 */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (error) {
    if (init.signal?.aborted === true) throw error
    throw new ApiFailure(0, 'The proxy does not answer; is it still running?')
  }
  if (response.status === UNAUTHORIZED) loginRequired.value = true
  if (!response.ok) throw await failureOf(response)
  return response
}

export function postJson(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  })
}

/** The message of an error for the user. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
