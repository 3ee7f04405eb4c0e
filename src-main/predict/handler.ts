/**
 * Handles one prediction from its headers to its reply: record, admit, receive, parse, predict, finish the record.
 * `POST /predict` and the replay of a record share it.
 */
import { loopError } from '../backends/reasons.ts'
import { ClientGone, type Cancellation } from '../platform/cancellation.ts'
import { AppError, errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import type { RecordCause } from '../../src-shared/api.ts'
import type { Recorder } from '../traffic/recorder.ts'
import type { Recording } from '../traffic/recording.ts'
import { sliceChunks, type Bytes } from '../wire/bytes.ts'
import { entryName, isTextQuery } from '../wire/entries.ts'
import { forwardedHeaders } from '../wire/headers.ts'
import { USUAL_HEAD_BYTES } from '../wire/limits.ts'
import type { PredictionBody } from '../wire/body-types.ts'
import { readPredictionBody, requireBoundary } from '../wire/prediction-body.ts'
import type { Admission } from './admission.ts'
import type { EarlyHeaders } from './context.ts'
import { HoldPermit, type HoldCapacity } from './hold-capacity.ts'
import { KnownEntries } from './known-entries.ts'
import { MAX_PROXY_HOPS } from './limits.ts'
import { PredictionPermit } from './prediction-permit.ts'
import type { Predictor } from './predictor.ts'
import type { QueuePosition, QueuePositions } from './queue.ts'
import type { BodySource } from './receive.ts'
import type { LossReason } from '../../src-shared/immich.ts'
import type { LastModels } from './try/last-models.ts'
import { lossOfError, replyOfError, type Reply } from './reply.ts'

/** A prediction as it arrives. */
export interface IncomingPrediction {
  /** The target of the request, for its record. */
  readonly url: string
  /** The headers as they came, names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly contentType: string
  /** The value of its `Connection` header: what that names is not forwarded. */
  readonly connection: string | undefined
  /** The ids of the proxies that it has passed. */
  readonly hops: readonly string[]
  readonly body: BodySource
  readonly cancellation: Cancellation
  /** When it arrived, on the monotonic clock in milliseconds. */
  readonly startedAt: number
  /** For its record: why there is one, where Immich did not send it. */
  readonly cause?: RecordCause
  /** For its record: the address of the client, as its socket has it; absent where the proxy caused it itself. */
  readonly client?: string | undefined
  /** Sends early headers; absent where no client waits for them. */
  readonly early?: EarlyHeaders
  /** Receives the results of images; absent for requests that are not Immich's, as a replay. */
  readonly images?: ImageWitness
}

/** Receives the results of images. */
export interface ImageWitness {
  /** An image came, for these tasks. */
  came(tasks: readonly string[]): void
  succeeded(tasks: readonly string[]): void
  /** An image was lost: the client got an error. @param text the error that the client got */
  lost(tasks: readonly string[], reason: LossReason, text: string): void
}

/** A prediction that was handled. */
export interface Handled {
  readonly reply: Reply
  /** The id of its record; undefined while debug mode is off. */
  readonly recordId: string | undefined
}

export interface PredictionHandlerOptions {
  readonly predictor: Predictor
  readonly admission: Admission
  readonly holdCapacity: HoldCapacity
  readonly positions: QueuePositions
  readonly recorder: Recorder
  readonly log: Logger
  /** Receives the models of each prediction that was answered. */
  readonly models: LastModels
  /** Names this proxy in the hops header. */
  readonly proxyId: string
  /** The headers that a reply is sent with, for its record: names and values in turn. */
  readonly replyHeaders: (reply: Reply) => readonly string[]
  /**
   * Called for each prediction. Returns the look at this computer that an image waits for before it is sent to any
   * backend.
   */
  readonly wanted?: () => Promise<void> | undefined
}

/** Handles predictions. */
export class PredictionHandler {
  readonly #options: PredictionHandlerOptions
  readonly #known = new KnownEntries()

  constructor(options: PredictionHandlerOptions) {
    this.#options = options
  }

  /**
   * Answers a prediction; all failures but one become a reply.
   * @throws {ClientGone} when the client went away, so that no reply can be read
   */
  async handle(incoming: IncomingPrediction): Promise<Handled> {
    const recording = this.#beginRecord(incoming)
    const seen: Seen = { tasks: undefined }
    let reply: Reply
    try {
      reply = await this.#admitAndAnswer(incoming, recording, seen)
    } catch (error) {
      if (error instanceof ClientGone) {
        recording?.fail('given up by the client')
        throw error
      }
      const told = this.#told(error)
      reply = { ...replyOfError(told), loss: lossOfError(told) }
    }
    tell(incoming.images, seen, reply)
    if (recording !== undefined) this.#finishRecord(recording, reply)
    return { reply, recordId: recording?.id }
  }

  /** The reply to an error. */
  #told(error: unknown): AppError {
    if (error instanceof AppError) return error
    this.#options.log.error({ err: error }, `prediction failed: ${errorText(error)}`)
    return new AppError('INTERNAL', 500, 'Something went wrong in the proxy; its log says what')
  }

  async #admitAndAnswer(
    incoming: IncomingPrediction,
    recording: Recording | undefined,
    seen: Seen,
  ): Promise<Reply> {
    const { admission, holdCapacity, positions, proxyId } = this.#options
    const { body, hops, contentType, cancellation } = incoming
    if (hops.includes(proxyId) || hops.length >= MAX_PROXY_HOPS) throw loopError()
    const boundary = requireBoundary(contentType)
    const announced = body.announcedLength()
    const position = positions.take()
    const bytePermit = await admission.acquireBytes(announced, position, cancellation)
    const holdPermit = new HoldPermit(holdCapacity, admission.heldBytes, bytePermit)
    try {
      const received = await body.read()
      const bytes = recording === undefined ? received : withHeadApart(received)
      recording?.requestBody({ chunks: bytes.chunks, length: bytes.length, contentType })
      const found = readPredictionBody(bytes, contentType, boundary)
      return await this.#answer(incoming, found, { arrival: position, holdPermit, recording, seen })
    } finally {
      body.release()
      holdPermit.end()
    }
  }

  async #answer(
    incoming: IncomingPrediction,
    body: PredictionBody,
    { arrival, holdPermit, recording, seen }: Admitted,
  ): Promise<Reply> {
    const { admission, predictor, models, proxyId } = this.#options
    const { rawHeaders, connection, hops, cancellation, startedAt, early, images } = incoming
    const entries = this.#known.parse(body.entriesText)
    recording?.tasks(entries.map(entryName))
    const position = { isText: isTextQuery(entries), number: arrival.number }
    if (!position.isText) {
      seen.tasks = [...new Set(entries.map(({ task }) => task))]
      images?.came(seen.tasks)
    }
    const look = this.#options.wanted?.()
    if (look !== undefined && !position.isText) await look
    const permit = new PredictionPermit({ admission, position, cancellation, startedAt })
    await permit.enter()
    const reply = await predictor.predict({
      body,
      entries,
      headers: forwardedHeaders(rawHeaders, connection, [...hops, proxyId].join(',')),
      position,
      permit,
      holdPermit,
      early,
      cancellation,
      memory: incoming.body,
      traceId: recording?.id,
      startedAt,
    })
    if (reply.status === 200) models.note(entries)
    return reply
  }

  #beginRecord({ url, rawHeaders, cause, client }: IncomingPrediction): Recording | undefined {
    const { recorder } = this.#options
    return recorder.enabled
      ? recorder.incoming({ method: 'POST', url, rawHeaders, cause, client })
      : undefined
  }

  #finishRecord(recording: Recording, reply: Reply): void {
    const { status, contentType, body, reason } = reply
    recording.finish(
      {
        statusCode: status,
        rawHeaders: this.#options.replyHeaders(reply),
        body: { chunks: [body], length: body.length, contentType },
      },
      reason,
    )
  }
}

/** The facts found while a prediction is handled, for the results of its images. */
interface Seen {
  /** The tasks of an image; undefined for a text, and before its entries were read. */
  tasks: readonly string[] | undefined
}

/** The state of a prediction after its admission. */
interface Admitted {
  readonly arrival: QueuePosition
  readonly holdPermit: HoldPermit
  readonly recording: Recording | undefined
  readonly seen: Seen
}

function tell(images: ImageWitness | undefined, { tasks }: Seen, { status, reason, loss }: Reply): void {
  if (images === undefined || tasks === undefined) return
  if (status === 200) images.succeeded(tasks)
  else if (loss !== undefined) images.lost(tasks, loss, reason ?? '')
}

/** A body cut behind its usual head, the only part that differs between backends: records store the same chunk once. */
function withHeadApart({ chunks, length }: Bytes): Bytes {
  return {
    chunks: [...sliceChunks(chunks, 0, USUAL_HEAD_BYTES), ...sliceChunks(chunks, USUAL_HEAD_BYTES, length)],
    length,
  }
}
