/** The one place from which the HTTP API is called. */
import { shallowRef } from 'vue'
import type { ApiError } from '../../src-shared/api.ts'
import type { ConfigProblem } from '../../src-shared/config/schema.ts'

/** A call that was answered with an error, or not at all (status 0). */
export class ApiFailure extends Error {
  readonly status: number
  readonly problems: readonly ConfigProblem[]
  /** Seconds to wait before another try, where the answer said so. */
  readonly retryAfter: number | undefined

  constructor(status: number, message: string, problems: readonly ConfigProblem[] = [], retryAfter?: number) {
    super(message)
    this.status = status
    this.problems = problems
    this.retryAfter = retryAfter
  }
}

/** The proxy asks for a password: a call was answered with 401, or its status says so. */
export const loginRequired = shallowRef(false)

const UNAUTHORIZED = 401

async function failureOf(response: Response): Promise<ApiFailure> {
  let told: Partial<ApiError> = {}
  try {
    told = (await response.json()) as Partial<ApiError>
  } catch {
    // Not JSON, as from a proxy in between: the status has to do.
  }
  const message = told.error ?? `The proxy answered ${response.status} ${response.statusText}`
  const wait = Number(response.headers.get('retry-after'))
  return new ApiFailure(response.status, message, told.problems, wait > 0 ? wait : undefined)
}

/**
 * Calls the API.
 * @throws {ApiFailure} for every answer that is not 2xx, and where there is none
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
): Promise<Response> {
  return call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** An error as the sentence to show. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
