/**
 * Reads the vectors, faces and texts of an answer of `/predict`. Nothing else of the answer is handed on, so that a try
 * with the URL of some other server discloses nothing of that server. Pure.
 */
import { canonicalName } from '../../../src-shared/config/names.ts'
import type { TriedFace, TriedText, TryResult, TryWork } from '../../../src-shared/try.ts'
import { MAX_TRIED_FACES, MAX_TRIED_TEXT_CHARS, MAX_TRIED_TEXTS, MAX_VECTOR_NUMBERS } from './limits.ts'

/** What was found, and the size of the picture. */
export interface Found {
  readonly values: Pick<TryResult, 'vector' | 'faces' | 'texts'>
  readonly imageWidth: number | null
  readonly imageHeight: number | null
}

type Plain = Readonly<Record<string, unknown>>

const CORNERS = 4
const BOX_NUMBERS = CORNERS * 2

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const sizeOf = (value: unknown): number | null => (isNumber(value) && value > 0 ? value : null)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller reports that this is no answer of a machine-learning server.
    return undefined
  }
}

/** A vector, which servers since 2025 write as a text that holds a list, and older ones as a list. */
function vectorOf(value: unknown): number[] | undefined {
  const list = typeof value === 'string' ? parsed(value) : value
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_VECTOR_NUMBERS) return undefined
  return list.every(isNumber) ? list : undefined
}

function faceOf(value: unknown): TriedFace | undefined {
  if (!isPlain(value) || !isPlain(value['boundingBox'])) return undefined
  const { x1, y1, x2, y2 } = value['boundingBox']
  const { score } = value
  const vector = vectorOf(value['embedding'])
  if (!isNumber(x1) || !isNumber(y1) || !isNumber(x2) || !isNumber(y2)) return undefined
  if (!isNumber(score) || vector === undefined) return undefined
  return { box: { x1, y1, x2, y2 }, score, length: vector.length }
}

function facesOf(value: unknown): TriedFace[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_TRIED_FACES) return undefined
  const faces = value.map(faceOf)
  return faces.every((face) => face !== undefined) ? faces : undefined
}

function textsOf(value: unknown): TriedText[] | undefined {
  if (!isPlain(value)) return undefined
  const { text, box, textScore } = value
  if (!Array.isArray(text) || !Array.isArray(box) || !Array.isArray(textScore)) return undefined
  const count = text.length
  if (count > MAX_TRIED_TEXTS || box.length !== count * BOX_NUMBERS || textScore.length !== count) {
    return undefined
  }
  if (!box.every(isNumber) || !textScore.every(isNumber)) return undefined
  if (!text.every((one): one is string => typeof one === 'string')) return undefined
  return text.map((one, index) => ({
    text: one.slice(0, MAX_TRIED_TEXT_CHARS),
    box: box.slice(index * BOX_NUMBERS, (index + 1) * BOX_NUMBERS),
    score: textScore[index] ?? 0,
  }))
}

function valuesOf(work: TryWork, value: unknown): Found['values'] | undefined {
  if (work === 'facial-recognition') {
    const faces = facesOf(value)
    return faces === undefined ? undefined : { faces }
  }
  if (work === 'ocr') {
    const texts = textsOf(value)
    return texts === undefined ? undefined : { texts }
  }
  const vector = vectorOf(value)
  return vector === undefined ? undefined : { vector }
}

/**
 * Judges the body of an answer with status 200.
 * @param work the kind of work of the request
 * @returns undefined where it is not what a machine-learning server answers to that
 */
export function foundIn(work: TryWork, body: Buffer): Found | undefined {
  const result = parsed(body.toString('utf8'))
  if (!isPlain(result)) return undefined
  const task = work.startsWith('clip/') ? 'clip' : work
  const key = Object.keys(result).find((name) => canonicalName(name) === task)
  const values = key === undefined ? undefined : valuesOf(work, result[key])
  if (values === undefined) return undefined
  return {
    values,
    imageWidth: sizeOf(result['imageWidth']),
    imageHeight: sizeOf(result['imageHeight']),
  }
}
