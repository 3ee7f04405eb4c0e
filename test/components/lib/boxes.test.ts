import { describe, expect, it } from 'vitest'
import { boxesOf, placeOf } from '../../../src-renderer/lib/boxes.ts'

describe('boxes', () => {
  it('are shares of the image, from pixels or shares', () => {
    const answer = {
      'facial-recognition': [{ boundingBox: { x1: 10, y1: 20, x2: 30, y2: 40 }, score: 0.9 }, { score: 1 }],
      ocr: { text: ['hello'], box: [0.1, 0.1, 0.2, 0.1, 0.2, 0.2, 0.1, 0.2], textScore: [0.5] },
      imageWidth: 100,
      imageHeight: 200,
    }
    expect(boxesOf(answer)).toEqual([
      {
        kind: 'face',
        label: 'face 1 90 %',
        short: '1 · 90 %',
        points: [
          [0.1, 0.1],
          [0.3, 0.1],
          [0.3, 0.2],
          [0.1, 0.2],
        ],
      },
      {
        kind: 'text',
        label: 'hello 50 %',
        short: 'hello 50 %',
        points: [
          [0.1, 0.1],
          [0.2, 0.1],
          [0.2, 0.2],
          [0.1, 0.2],
        ],
      },
    ])
    const pixels = { ...answer, ocr: { text: [], box: [10, 20, 20, 20, 20, 40, 10, 40] } }
    expect(boxesOf(pixels)[1]).toMatchObject({
      label: 'text 1',
      points: [
        [0.1, 0.1],
        [0.2, 0.1],
        [0.2, 0.2],
        [0.1, 0.2],
      ],
    })
    for (const odd of [undefined, 'text', { ocr: 3, 'facial-recognition': 'x' }])
      expect(boxesOf(odd)).toEqual([])
  })

  const box = (kind: 'face' | 'text', left: number, top: number, right: number) => ({
    kind,
    label: '',
    short: '',
    points: [
      [left, top],
      [right, top],
      [right, 1],
      [left, 1],
    ] as [number, number][],
  })

  it('have their label above them, inside where the image ends', () => {
    expect(placeOf(box('text', 0.1, 0.5, 0.4))).toEqual({
      style: { left: '10%', top: '50%', maxWidth: '30%' },
      isInside: false,
    })
    expect(placeOf(box('text', 0.1, 0.02, 0.4)).isInside).toBe(true)
  })

  it('of texts end their label where they end, a narrow one a little after', () => {
    expect(placeOf(box('text', 0.5, 0.5, 0.52)).style).toEqual({ left: '50%', top: '50%', maxWidth: '12%' })
    expect(placeOf(box('text', 0.95, 0.5, 0.99)).style).toMatchObject({ maxWidth: '5%' })
  })

  it('of faces have a whole label, on the side with more space', () => {
    expect(placeOf(box('face', 0.1, 0.5, 0.15)).style).toEqual({ left: '10%', top: '50%', maxWidth: '90%' })
    expect(placeOf(box('face', 0.9, 0.5, 0.95)).style).toEqual({ right: '5%', top: '50%', maxWidth: '95%' })
    // A box that reaches over the edge.
    expect(placeOf(box('face', -0.2, -0.1, 1.3)).style).toEqual({ left: '0%', top: '0%', maxWidth: '100%' })
  })
})
