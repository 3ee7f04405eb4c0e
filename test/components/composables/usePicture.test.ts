import { describe, expect, it } from 'vitest'
import { usePicture } from '../../../src-renderer/composables/usePicture.ts'
import type { Picture } from '../../../src-renderer/lib/picture.ts'

const named = (src: string): Picture => ({ width: 1, height: 1, src, base64: '' })

/** A picture that is read when the test says so. */
function reading(): { promise: Promise<Picture>; done: (src: string) => void; broken: () => void } {
  let done: (src: string) => void = () => undefined
  let broken: () => void = () => undefined
  const promise = new Promise<Picture>((resolve, reject) => {
    done = (src) => resolve(named(src))
    broken = () => reject(new Error('no picture'))
  })
  return { promise, done, broken }
}

describe('the picture of a try', () => {
  it('is waited for', async () => {
    const { picture, isReading, take, whenRead } = usePicture()
    const sample = reading()
    void take(sample.promise, true)
    expect(isReading.value).toBe(true)
    const read = whenRead()
    sample.done('sample')
    expect(await read).toEqual(named('sample'))
    expect(picture.value).toEqual(named('sample'))
    expect(isReading.value).toBe(false)
  })

  it.each(['done', 'broken'] as const)(
    'is the one that was chosen last, the first one being %s later',
    async (end) => {
      const { picture, isSample, isBroken, take, whenRead } = usePicture()
      const [sample, file] = [reading(), reading()]
      const first = take(sample.promise, true)
      const read = whenRead()
      void take(file.promise, false)
      file.done('file')
      sample[end]('sample')
      expect(await read).toEqual(named('file'))
      await first
      expect([picture.value, isSample.value, isBroken.value]).toEqual([named('file'), false, false])
    },
  )

  it('stays where another one cannot be read, and is not sent in its place', async () => {
    const { picture, isSample, isBroken, take, whenRead } = usePicture()
    await take(Promise.resolve(named('sample')), true)
    const file = reading()
    void take(file.promise, false)
    const read = whenRead()
    file.broken()
    expect(await read).toBeUndefined()
    expect([picture.value, isSample.value, isBroken.value]).toEqual([named('sample'), true, true])
  })
})
