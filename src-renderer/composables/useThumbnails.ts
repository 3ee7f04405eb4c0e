/** Small pictures of the images in the list, made from the recorded bytes while their rows are in view. */
import { inject, onScopeDispose, provide, ref, watch, type InjectionKey, type Ref } from 'vue'
import { call } from '../api/client.ts'

/** A row that scrolls by is not worth a request, milliseconds. */
const SETTLE_MS = 120
/** Requests at once: browsers allow six connections a host, and the list needs some. */
const AT_ONCE = 2
/** Pictures that are remembered, some KB each. */
const REMEMBERED = 300
/** On the screen half as high, so that they are sharp on fine displays, pixels. */
const HEIGHT = 56

export interface Thumbnails {
  /** The address of the small picture; undefined where there is none. */
  readonly get: (src: string, signal: AbortSignal) => Promise<string | undefined>
}

const KEY: InjectionKey<Thumbnails> = Symbol('thumbnails')

async function shrink(blob: Blob): Promise<string | undefined> {
  const bitmap = await createImageBitmap(blob)
  const canvas = document.createElement('canvas')
  canvas.height = HEIGHT
  canvas.width = Math.max(1, Math.round((bitmap.width * HEIGHT) / bitmap.height))
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.8))
  return small === null ? undefined : URL.createObjectURL(small)
}

function createThumbnails(): Thumbnails & { clear: () => void } {
  const known = new Map<string, string>()
  const waiting: (() => void)[] = []
  let running = 0

  async function take(): Promise<void> {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
  }

  function leave(): void {
    running--
    // The newest first: it is what is in view.
    waiting.pop()?.()
  }

  function remember(src: string, url: string): void {
    known.set(src, url)
    for (const [oldest, old] of known) {
      if (known.size <= REMEMBERED) return
      known.delete(oldest)
      URL.revokeObjectURL(old)
    }
  }

  async function load(src: string, signal: AbortSignal): Promise<string | undefined> {
    await take()
    try {
      if (signal.aborted) return undefined
      const url = await shrink(await (await call(src, { signal })).blob())
      if (url !== undefined) remember(src, url)
      return url
    } catch {
      // Dropped meanwhile, or no image that the browser knows: the row shows the word instead.
      return undefined
    } finally {
      leave()
    }
  }

  return {
    get: (src, signal) => {
      const url = known.get(src)
      return url === undefined ? load(src, signal) : Promise.resolve(url)
    },
    clear: () => known.forEach((url) => URL.revokeObjectURL(url)),
  }
}

/** Remembers the pictures for as long as the page is open. */
export function provideThumbnails(): void {
  const thumbnails = createThumbnails()
  provide(KEY, thumbnails)
  onScopeDispose(thumbnails.clear)
}

/** @param src of the image; undefined where there is none */
export function useThumbnail(src: () => string | undefined): Readonly<Ref<string | undefined>> {
  const thumbnails = inject(KEY, undefined)
  const url = ref<string>()
  watch(
    src,
    (now, _before, onCleanup) => {
      url.value = undefined
      if (now === undefined || thumbnails === undefined) return
      const abort = new AbortController()
      const timer = setTimeout(() => {
        void thumbnails.get(now, abort.signal).then((made) => {
          if (!abort.signal.aborted) url.value = made
        })
      }, SETTLE_MS)
      onCleanup(() => {
        clearTimeout(timer)
        abort.abort()
      })
    },
    { immediate: true },
  )
  return url
}
