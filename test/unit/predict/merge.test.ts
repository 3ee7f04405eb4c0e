import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseEntries } from '../../../src-main/wire/entries.ts'
import { mergeAnswers } from '../../../src-main/predict/merge.ts'

describe('mergeAnswers', () => {
  const answer = (names: string[], json: string) => ({
    entries: all.filter((entry) => names.includes(`${entry.task}/${entry.type}`)),
    latin1: Buffer.from(json, 'utf8').toString('latin1'),
  })
  let all = parseEntries('{"clip":{"visual":{},"textual":{}},"ocr":{"detection":{},"recognition":{}}}')
  const merged = (...answers: ReturnType<typeof answer>[]) => mergeAnswers(all, answers).toString('utf8')

  test('tasks in the order of the request, then the image’s size, then the rest', () => {
    expect(
      merged(
        answer(
          ['ocr/detection', 'ocr/recognition'],
          '{"x":1,"imageWidth":20,"imageHeight":10,"ocr":{"text":["ü"]}}',
        ),
        answer(['clip/visual', 'clip/textual'], '{"clip":"[0.10,2e-3]","imageHeight":10,"imageWidth":20}'),
      ),
    ).toBe('{"clip":"[0.10,2e-3]","ocr":{"text":["ü"]},"imageHeight":10,"imageWidth":20,"x":1}')
  })

  test('two objects under one task merge', () => {
    expect(
      merged(
        answer(['clip/visual'], '{"clip":{"a":1,"ü":2}}'),
        answer(['clip/textual'], '{"clip":{"b":"é","a":3}}'),
      ),
    ).toBe('{"clip":{"a":3,"ü":2,"b":"é"}}')
  })

  test('of two plain values the later entry’s wins, whichever answer came first', () => {
    const visual = answer(['clip/visual'], '{"clip":"[1]"}')
    const textual = answer(['clip/textual'], '{"clip":"[2]"}')
    expect(merged(visual, textual)).toBe('{"clip":"[2]"}')
    expect(merged(textual, visual)).toBe('{"clip":"[2]"}')
  })

  test('answers stand under the names of the request', () => {
    all = parseEntries('{"facial_recognition":{"detection":{}},"clip":{"visual":{}}}')
    expect(
      merged(
        answer(['facial_recognition/detection'], '{"facial-recognition":[{"score":1}]}'),
        answer(['clip/visual'], '{"clip":"[1]"}'),
      ),
    ).toBe('{"facial_recognition":[{"score":1}],"clip":"[1]"}')
  })

  test('however the tasks are spread over dispatches, the answer is the one of a single backend', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-zü"-]{1,6}$/), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(names, fc.array(fc.nat(2)), fc.jsonValue(), (tasks, spread, value) => {
        const request = Object.fromEntries(tasks.map((task) => [task, { run: {} }]))
        all = parseEntries(JSON.stringify(request))
        const size = { imageHeight: 10, imageWidth: 20 }
        const of = (some: readonly string[]) => ({
          ...Object.fromEntries(some.map((task) => [task, { task, value }])),
          ...size,
        })
        const groups = [0, 1, 2].map((group) => tasks.filter((_task, at) => (spread[at] ?? 0) === group))
        const answers = groups
          .filter((group) => group.length > 0)
          .map((group) =>
            answer(
              group.map((task) => `${task}/run`),
              JSON.stringify(of(group)),
            ),
          )
        expect(merged(...answers.toReversed())).toBe(JSON.stringify(of(tasks)))
      }),
    )
  })

  test('__proto__ is a key like any other', () => {
    all = parseEntries('{"__proto__":{"a":{}},"clip":{"visual":{}}}')
    expect(
      merged(answer(['__proto__/a'], '{"__proto__":{"x":1}}'), answer(['clip/visual'], '{"clip":"[1]"}')),
    ).toBe('{"__proto__":{"x":1},"clip":"[1]"}')
  })
})
