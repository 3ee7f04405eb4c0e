/** Undoes the compression of answers. We ask for none (`Accept-Encoding: identity`), but some servers compress anyway. */
import { AppError } from '../platform/errors.ts'
import { decodeContent } from '../wire/content-coding.ts'
import { headerOf, type Answer } from './client.ts'
import { BackendError } from './reasons.ts'

const NO_BODY = Buffer.alloc(0)

/**
 * A compressed answer as if it had been sent without compression, its headers too. An error that cannot be read stays
 * an error, without its body: its status is what counts.
 * @param maxBytes of the body once decompressed
 * @throws {BackendError} where it is a success that cannot be read
 */
export async function plainAnswer(answer: Answer, maxBytes: number): Promise<Answer> {
  const { status } = answer
  const coding = headerOf(answer, 'content-encoding') ?? ''
  let body: Buffer
  try {
    body = await decodeContent(answer.body, coding, maxBytes)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (status < 400) {
      throw new BackendError('answer', `answer ${error.message}`, { answered: true, cause: error })
    }
    body = NO_BODY
  }
  const headers = { ...answer.headers, 'content-length': String(body.length) }
  delete headers['content-encoding']
  return { status, headers, body }
}
