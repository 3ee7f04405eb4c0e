/**
 * The owner of the history: counts events, samples the service every few seconds, and stores both for the next start.
 */
import type { Config } from '../../src-shared/config/schema.ts'
import type { History as HistoryAnswer, HistoryRange } from '../../src-shared/history.ts'
import { errorText } from '../platform/errors.ts'
import type { Logger } from '../platform/log.ts'
import { StateBytes } from '../settings/state-bytes.ts'
import type { EndedAttempt, EndedPrediction, HistoryFeed, HistorySample } from './feed.ts'
import { readMinutes } from './format.ts'
import { MAX_FILE_BYTES, MAX_UNPACKED_BYTES, SAMPLE_EVERY_MS, SAVE_EVERY_MS } from './limits.ts'
import { Minutes } from './minutes.ts'
import { pack, unpack } from './pack.ts'
import { historyReport } from './report.ts'
import { TaskNames } from './tasks.ts'

export interface HistoryOptions {
  /** The user data folder. */
  folder: string
  log: Logger
  /** How the service is now. */
  sample: () => HistorySample
  /** The wall clock, milliseconds; `Date.now` by default. */
  now?: (() => number) | undefined
}

export class History implements HistoryFeed {
  readonly #minutes = new Minutes()
  readonly #file: StateBytes
  readonly #log: Logger
  readonly #sample: () => HistorySample
  readonly #now: () => number
  #tasks = new TaskNames({ taskRouting: {} })
  #timers: NodeJS.Timeout[] = []
  #saving: Promise<void> = Promise.resolve()

  constructor({ folder, log, sample, now = Date.now }: HistoryOptions) {
    this.#file = new StateBytes({ folder, name: 'history.json.gz', maxBytes: MAX_FILE_BYTES, log })
    this.#log = log
    this.#sample = sample
    this.#now = now
  }

  /** Puts a configuration in force: the tasks that its routes name are counted on their own. */
  apply(config: Pick<Config, 'taskRouting'>): void {
    this.#tasks = new TaskNames(config)
  }

  /** Reads what an earlier run wrote, and begins to look at the service. */
  start(): void {
    this.#read()
    this.look()
    this.#timers = [
      setInterval(() => this.look(), SAMPLE_EVERY_MS).unref(),
      setInterval(() => void this.save(), SAVE_EVERY_MS).unref(),
    ]
  }

  /** Stops, and writes what is there. Never rejects. */
  stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    // It never started, so the file was not read: writing would lose it.
    if (this.#timers.length === 0) return this.#saving
    this.#timers = []
    return this.save()
  }

  attemptEnded({ backend, entries, isText, isAnswered, durationMs }: EndedAttempt): void {
    const tasks = this.#tasks.of(entries)
    this.#minutes.attempt({ backend, tasks, isText, isAnswered, durationMs }, this.#now())
  }

  predictionEnded(prediction: EndedPrediction): void {
    this.#minutes.reply(prediction, this.#now())
  }

  /** Takes in how the service is now. */
  look(): void {
    this.#minutes.sample(this.#sample(), this.#now())
  }

  report(range: HistoryRange): HistoryAnswer {
    const configured = this.#sample().backends.map(({ name }) => name)
    return historyReport(this.#minutes, range, configured, this.#now())
  }

  /** Writes the file, after a write that is under way. Never rejects. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      try {
        this.#file.write(await pack(this.#minutes, MAX_FILE_BYTES))
      } catch (error) {
        this.#log.warn({ reason: errorText(error) }, 'the history cannot be written')
      }
    })
    return this.#saving
  }

  #read(): void {
    const bytes = this.#file.read()
    if (bytes === undefined) return
    try {
      readMinutes(unpack(bytes, MAX_UNPACKED_BYTES), this.#minutes, this.#now())
    } catch {
      // The parsers' own messages quote what they read.
      const { file } = this.#file
      this.#log.warn({ file }, 'the history of the last run cannot be read; it begins anew')
    }
  }
}
