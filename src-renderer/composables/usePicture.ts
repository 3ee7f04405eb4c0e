/** The picture of a try: the sample, or a file that was chosen. The one that was chosen last counts. */
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Picture } from '../lib/picture.ts'

export interface ReadPicture {
  /** The last one that could be read. */
  readonly picture: Readonly<ShallowRef<Picture | undefined>>
  readonly isSample: Readonly<Ref<boolean>>
  /** Whether the one that was chosen last cannot be read. */
  readonly isBroken: Readonly<Ref<boolean>>
  readonly isReading: ComputedRef<boolean>
  /** Chooses a picture. Resolves once it has been read or cannot be. */
  readonly take: (chosen: Promise<Picture>, fromSample: boolean) => Promise<void>
  /** Resolves with the picture once none is being read any more; undefined where the last one cannot be read. */
  readonly whenRead: () => Promise<Picture | undefined>
}

export function usePicture(): ReadPicture {
  const picture = shallowRef<Picture>()
  const isSample = ref(true)
  const isBroken = ref(false)
  const reading = shallowRef<Promise<void>>()

  function take(chosen: Promise<Picture>, fromSample: boolean): Promise<void> {
    const mine: Promise<void> = chosen.then(
      (read) => {
        if (reading.value !== mine) return
        reading.value = undefined
        picture.value = read
        isSample.value = fromSample
        isBroken.value = false
      },
      () => {
        if (reading.value !== mine) return
        reading.value = undefined
        // The picture before stays.
        isBroken.value = true
      },
    )
    reading.value = mine
    return mine
  }

  async function whenRead(): Promise<Picture | undefined> {
    while (reading.value !== undefined) await reading.value
    return isBroken.value ? undefined : picture.value
  }

  return {
    picture,
    isSample,
    isBroken,
    isReading: computed(() => reading.value !== undefined),
    take,
    whenRead,
  }
}
