/** The boxes of faces and texts in an answer, to be drawn on the image. Pure. */

export interface Box {
  readonly kind: 'face' | 'text'
  readonly label: string
  /** The label on the image. It is short, as a long one would cover the next box. */
  readonly short: string
  /** Corners as fractions of the image's width and height. */
  readonly points: readonly (readonly [number, number])[]
}

type Plain = Readonly<Record<string, unknown>>

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const numbersOf = (value: unknown): number[] => (Array.isArray(value) ? value.filter(isNumber) : [])

const CORNERS = 4
const NUMBERS = CORNERS * 2
/** Fractions are at most 1; larger values are pixels. */
const MAX_SHARE = 1.5

const percent = (score: unknown): string => (isNumber(score) ? ` ${Math.round(score * 100)} %` : '')

function faceBoxes(faces: unknown, width: number, height: number): Box[] {
  if (!Array.isArray(faces)) return []
  return faces.flatMap((face: unknown, index): Box[] => {
    const box = isPlain(face) ? face['boundingBox'] : undefined
    if (!isPlain(face) || !isPlain(box)) return []
    const { x1, y1, x2, y2 } = box
    if (!isNumber(x1) || !isNumber(y1) || !isNumber(x2) || !isNumber(y2)) return []
    const [left, top, right, bottom] = [x1 / width, y1 / height, x2 / width, y2 / height]
    const points = [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ] as const
    const score = percent(face['score'])
    const short = score === '' ? `${index + 1}` : `${index + 1} ·${score}`
    return [{ kind: 'face', label: `face ${index + 1}${score}`, short, points }]
  })
}

function textBoxes(ocr: unknown, width: number, height: number): Box[] {
  if (!isPlain(ocr)) return []
  const numbers = numbersOf(ocr['box'])
  const texts: unknown[] = Array.isArray(ocr['text']) ? ocr['text'] : []
  const scores: unknown[] = Array.isArray(ocr['textScore']) ? ocr['textScore'] : []
  const inPixels = numbers.some((value) => value > MAX_SHARE)
  const [scaleX, scaleY] = inPixels ? [width, height] : [1, 1]
  return Array.from({ length: Math.floor(numbers.length / NUMBERS) }, (_, index) => {
    const own = numbers.slice(index * NUMBERS, (index + 1) * NUMBERS)
    const points = Array.from(
      { length: CORNERS },
      (__, corner) => [(own[corner * 2] ?? 0) / scaleX, (own[corner * 2 + 1] ?? 0) / scaleY] as const,
    )
    const text = texts[index]
    const label = `${typeof text === 'string' ? text : `text ${index + 1}`}${percent(scores[index])}`
    return { kind: 'text', label, short: label, points }
  })
}

/** The boxes of an answer. Both spellings of the task are accepted. */
export function boxesOf(answer: unknown): Box[] {
  if (!isPlain(answer)) return []
  const { imageWidth, imageHeight } = answer
  const width = isNumber(imageWidth) && imageWidth > 0 ? imageWidth : 1
  const height = isNumber(imageHeight) && imageHeight > 0 ? imageHeight : 1
  const faces = answer['facial-recognition'] ?? answer['facial_recognition']
  return [...faceBoxes(faces, width, height), ...textBoxes(answer['ocr'], width, height)]
}

/** Height and minimum width of a label, as fractions of the image. */
const LABEL_HEIGHT = 0.07
const NARROWEST = 0.12

/** The position of a label, in percent of the image. */
export interface LabelPlace {
  readonly style: Readonly<Record<string, string>>
  /** Whether the label is inside the box, because there is no space above it. */
  readonly isInside: boolean
}

/**
 * The label of a text ends with its box, as texts are close together. The box of a face may be narrower than its label,
 * so that label may extend to the edge of the image, on the side with more space.
 */
export function placeOf({ kind, points }: Box): LabelPlace {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const [left, right] = [Math.max(0, Math.min(...xs)), Math.min(1, Math.max(...xs))]
  const top = Math.max(0, Math.min(...ys))
  const isRight = kind === 'face' && right > 1 - left
  const available = isRight ? right : 1 - left
  const width = kind === 'face' ? available : Math.min(available, Math.max(NARROWEST, right - left))
  const percentage = (share: number): string => `${Math.round(share * 10_000) / 100}%`
  const side = isRight ? { right: percentage(1 - right) } : { left: percentage(left) }
  return {
    style: { ...side, top: percentage(top), maxWidth: percentage(width) },
    isInside: top < LABEL_HEIGHT,
  }
}
