/** Remembers which models Immich uses: what it asked for last, and got an answer to. */
import { canonicalName } from '../../../src-shared/config/names.ts'
import type { Entry } from '../../../src-shared/routing/plan.ts'
import { TRY_WORKS, type TryModel, type TryWork } from '../../../src-shared/try.ts'

/** The entries of each work. Faces and texts need both in one request: recognition reads what detection found. */
const ENTRIES: Readonly<Record<TryWork, readonly (readonly [task: string, type: string])[]>> = {
  'clip/visual': [['clip', 'visual']],
  'clip/textual': [['clip', 'textual']],
  'facial-recognition': [
    ['facial-recognition', 'detection'],
    ['facial-recognition', 'recognition'],
  ],
  ocr: [
    ['ocr', 'detection'],
    ['ocr', 'recognition'],
  ],
}

/** Immich's own defaults (its server's `config.ts`), by `task/type`. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'clip/visual': '{"modelName":"ViT-B-32__openai"}',
  'clip/textual': '{"modelName":"ViT-B-32__openai","options":{}}',
  'facial-recognition/detection': '{"modelName":"buffalo_l","options":{"minScore":0.7}}',
  'facial-recognition/recognition': '{"modelName":"buffalo_l"}',
  'ocr/detection': '{"modelName":"PP-OCRv5_mobile","options":{"minScore":0.5,"maxResolution":736}}',
  'ocr/recognition': '{"modelName":"PP-OCRv5_mobile","options":{"minScore":0.8}}',
}

/** Characters of a model's entry that is remembered; Immich's have some 100. A longer one is not Immich's. */
const MAX_ENTRY_CHARS = 2_000
/** Characters of a model's name that are shown. */
const MAX_SHOWN_CHARS = 100

function modelNameOf(json: string): string {
  const { modelName } = JSON.parse(json) as { modelName?: unknown }
  return typeof modelName === 'string' ? modelName.slice(0, MAX_SHOWN_CHARS) : ''
}

/** Owns the last entries of each task and type that can be tried, {@link MAX_ENTRY_CHARS} characters each. */
export class LastModels {
  readonly #asked = new Map<string, string>()
  /** The entries that were taken in last: a list is never changed, and mostly the same one comes again. */
  #last: WeakRef<readonly Entry[]> | undefined

  /** Takes in the entries of a prediction that was answered. */
  note(entries: readonly Entry[]): void {
    if (entries === this.#last?.deref()) return
    // Weak: a list may be large, and its texts views of the whole request's.
    this.#last = new WeakRef(entries)
    for (const { task, type, json } of entries) {
      const key = `${canonicalName(task)}/${type}`
      if (!Object.hasOwn(DEFAULTS, key) || json.length > MAX_ENTRY_CHARS) continue
      // A copy: the text is a view of the whole request's, which it would keep in memory.
      if (this.#asked.get(key) !== json) this.#asked.set(key, Buffer.from(json).toString())
    }
  }

  /** The entries that Immich would send for a work. */
  entriesFor(work: TryWork): Entry[] {
    return ENTRIES[work].map(([task, type]) => {
      const key = `${task}/${type}`
      return { task, type, json: this.#asked.get(key) ?? DEFAULTS[key] ?? '{}' }
    })
  }

  /** The model of a work. */
  modelFor(work: TryWork): TryModel {
    const entries = this.entriesFor(work)
    const isDefault = !entries.every(({ task, type }) => this.#asked.has(`${task}/${type}`))
    return { work, modelName: modelNameOf(entries[0]?.json ?? '{}'), isDefault }
  }

  models(): TryModel[] {
    return TRY_WORKS.map((work) => this.modelFor(work))
  }
}
