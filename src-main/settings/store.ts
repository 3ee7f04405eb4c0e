/**
 * The owner of the configuration: loads `config.json`, judges and saves posted configurations, and follows changes of
 * the file by hand. See docs/design/configuration.md.
 */
import { EventEmitter } from 'node:events'
import type { Logger } from '../platform/log.ts'
import { AppError, errorCode, fileErrorText } from '../platform/errors.ts'
import { ConfigFile, unreadable } from './config-file.ts'
import { ensureFolder, folderUnusable, requireWritable, restrict, watchFile } from './file.ts'
import { judgePosted } from './judge-posted.ts'
import { parseConfig, type Parsed } from './parse.ts'
import { rescue, rescuedText } from './rescue.ts'
import { Revision } from './revision.ts'
import { MAX_FILE_BYTES } from './limits.ts'
import { serialize, type WriterFactory } from './writer.ts'
import { usesLaterThanFirst } from '../../src-shared/config/first-version.ts'
import { readConfig, type ConfigReading } from '../../src-shared/config/reading.ts'
import {
  EMPTY_CONFIG,
  isNamed,
  problemsText,
  problemText,
  type Config,
} from '../../src-shared/config/schema.ts'

interface StoreEvents {
  /** Another configuration is in force. */
  change: [config: Config]
  /** {@link ConfigStore.warnings} may have changed. */
  warnings: []
}

export interface StoreOptions {
  /** The user data folder, in which `config.json` stands. */
  folder: string
  writer: WriterFactory
  log: Logger
  /** The configuration while there is no file, from `IMP_BACKENDS`; it is not written before a save. */
  first?: Config | undefined
}

/** A posted configuration that was judged, to be saved. */
export interface JudgedConfig {
  /** The configuration that it means. */
  readonly config: Config
  /** The configuration in force when it was judged; fields that were not posted are taken from it. */
  readonly base: Config
  readonly posted: unknown
  readonly ifMatch: string | undefined
  /** What is used in another way than it was posted, as sentences that begin with the field. */
  readonly warnings: readonly string[]
}

/** A file that is no JSON. */
interface Broken {
  /** The name under which it was kept; undefined where it could not be moved, and stands there still. */
  readonly keptAs: string | undefined
  /** What stays in force of it, or why it could not be kept. */
  readonly inForce: string
}

const EMPTY_READING: ConfigReading = { config: EMPTY_CONFIG, problems: [], unusable: [], refused: 0 }

/**
 * Owns the configuration in force and its file. The configuration is always valid; a change is written first and then
 * put in force, and `change` is emitted in the same turn.
 */
export class ConfigStore extends EventEmitter<StoreEvents> {
  readonly #log: Logger
  readonly #file: ConfigFile
  /** What is in force. */
  #reading = EMPTY_READING
  #stopWatching: (() => void) | undefined
  /** The text of the file as it was last read or written; undefined where there was none. */
  #text: string | undefined
  /** Whether that text was written here, so that nothing a user typed is lost with it. */
  #isOwnText = false
  readonly #revision = new Revision()
  #broken: Broken | undefined
  /** Why the last change by hand is not used. */
  #handEditProblem: string | undefined

  private constructor(file: ConfigFile, log: Logger) {
    super()
    this.#file = file
    this.#log = log
  }

  /**
   * Opens the store of a folder, which is made where it is missing. Of the file everything that can be used is used;
   * {@link warnings} tell the rest, and the file stays as it is until a save. Of a file that is no JSON the password,
   * the lists and the address stay in force ({@link rescue}); it is kept aside, and they are written to a new file, so
   * that they hold after the next start.
   * @throws {AppError} FOLDER_UNUSABLE (500) where the folder cannot be made, read or written; CONFIG_UNREADABLE (500)
   *   where the file is there and cannot be read
   */
  static async open({ folder, writer, log, first }: StoreOptions): Promise<ConfigStore> {
    const file = new ConfigFile(folder, log)
    const store = new ConfigStore(file, log)
    let text: string | undefined
    try {
      ensureFolder(folder)
      text = store.#readAtStart(folder)
      requireWritable(folder, text !== undefined)
      await file.openWriter(writer)
    } catch (error) {
      throw error instanceof AppError ? error : folderUnusable(folder, error)
    }
    store.#load(text, first)
    store.#stopWatching = watchFile(
      file.path,
      () => store.#reload(),
      (error) =>
        log.warn({ error: fileErrorText(error) }, 'config.json cannot be watched for changes by hand'),
    )
    return store
  }

  /** The path of `config.json`. */
  get file(): string {
    return this.#file.path
  }

  get config(): Config {
    return this.#reading.config
  }

  /** Changes with every change of the configuration; the `ETag` of `GET /api/config`. */
  get revision(): string {
    return this.#revision.name
  }

  /** Whether the file was no JSON at the start, and nothing was saved since. */
  get isBroken(): boolean {
    return this.#broken !== undefined
  }

  /** What is wrong with the file, as sentences for the user. */
  get warnings(): string[] {
    const warnings: string[] = []
    if (this.#broken !== undefined) {
      const { keptAs, inForce } = this.#broken
      const kept = keptAs === undefined ? 'it is left as it is' : `it was kept as ${keptAs}`
      warnings.push(`The configuration could not be read; ${kept}; ${inForce}`)
    }
    if (this.#handEditProblem !== undefined) {
      warnings.push(
        `config.json was changed by hand and is not used: ${this.#handEditProblem}; the last good configuration stays in force`,
      )
    }
    return [
      ...warnings,
      ...this.#reading.problems.map((problem) => `In config.json: ${problemText(problem)}`),
    ]
  }

  /**
   * Judges a posted configuration. A change by hand that was not noticed yet counts as made before it.
   * @param posted as the body of `POST /api/config`: fields that are absent keep their value
   * @param ifMatch the revision that the client started from; no check where it is undefined
   * @throws {AppError} CONFIG_INVALID (400), with `problems`, or CONFIG_CHANGED (412)
   */
  judge(posted: unknown, ifMatch?: string): JudgedConfig {
    this.#reload()
    return this.#judge(posted, ifMatch)
  }

  /**
   * Writes a judged configuration and puts it in force. Where another one came in force since it was judged (a change
   * by hand, a new password) it is judged again, so that nothing of the other one is lost.
   * @returns the warnings of what was saved
   * @throws {AppError} what {@link judge} throws, and CONFIG_UNWRITABLE (500); then nothing has changed
   */
  save(judged: JudgedConfig): readonly string[] {
    this.#reload()
    const { base, posted, ifMatch } = judged
    const { config, warnings } = base === this.config ? judged : this.#judge(posted, ifMatch)
    this.#write(config)
    return warnings
  }

  /**
   * Changes the configuration in force, after a change by hand that was not noticed yet.
   * @param change makes a valid configuration of a valid one
   * @throws {AppError} CONFIG_UNWRITABLE (500); then nothing has changed
   */
  edit(change: (config: Config) => Config): void {
    this.#reload()
    this.#write(change(this.config))
  }

  close(): void {
    this.#stopWatching?.()
  }

  #judge(posted: unknown, ifMatch: string | undefined): JudgedConfig {
    if (ifMatch !== undefined && ifMatch !== this.revision) {
      throw new AppError(
        'CONFIG_CHANGED',
        412,
        'The configuration was changed elsewhere meanwhile; reload it and make your change again',
      )
    }
    return { ...judgePosted(this.#reading, posted), base: this.config, posted, ifMatch }
  }

  /** To be called right after {@link #reload}: what a user typed by hand and could not be used is then kept aside. */
  #write(config: Config): void {
    const data = this.#withUnusable(config)
    const text = serialize(data)
    if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
      throw new AppError(
        'CONFIG_INVALID',
        400,
        `Not saved: the file would be larger than ${MAX_FILE_BYTES} bytes`,
      )
    }
    try {
      // What the user can go back to with version 0.1, which would refuse the new file.
      if (usesLaterThanFirst(config) && !usesLaterThanFirst(this.config)) this.#file.keepForFirst()
      const aside = this.#file.write(data, this.#holdsMore())
      if (aside !== undefined)
        this.#log.warn({ file: aside }, 'the config.json that could not be used was kept aside')
    } catch (error) {
      throw new AppError(
        'CONFIG_UNWRITABLE',
        500,
        `Not saved: config.json cannot be written (${fileErrorText(error)}); the old configuration stays in force`,
      )
    }
    this.#text = text
    this.#isOwnText = true
    this.#handEditProblem = undefined
    this.#broken = undefined
    // An unchanged value stays the same object, which `save` compares.
    this.#use(data === config ? { ...EMPTY_READING, config } : readConfig(data))
  }

  /** Whether the file holds something of the user's that a save would lose. */
  #holdsMore(): boolean {
    if (this.#handEditProblem !== undefined) return true
    if (this.#broken !== undefined) return this.#broken.keptAs === undefined
    return this.#reading.problems.length > 0 && !this.#isOwnText
  }

  /**
   * The configuration with those unusable backends that its routes still name. Without them the file would not say any
   * more that these routes are not served: the next start would hand their entries to the default backend.
   */
  #withUnusable(config: Config): Record<string, unknown> {
    const isBackend = (name: string): boolean => config.backends.some((backend) => backend.name === name)
    const named = this.#reading.unusable.filter(({ name }) => isNamed(config, name) && !isBackend(name))
    if (named.length === 0) return config
    return { ...config, backends: [...config.backends, ...named.map(({ entry }) => entry)] }
  }

  #use(reading: ConfigReading): void {
    this.#reading = reading
    this.#revision.follow(reading.config)
    this.emit('change', reading.config)
    this.emit('warnings')
  }

  #readAtStart(folder: string): string | undefined {
    try {
      return this.#file.read()
    } catch (error) {
      throw errorCode(error) === 'ENOTDIR' ? folderUnusable(folder, error) : unreadable(this.file, error)
    }
  }

  #load(text: string | undefined, first: Config | undefined): void {
    if (first !== undefined) {
      this.#log.info(
        text === undefined
          ? 'there is no config.json: the backends of IMP_BACKENDS are used until one is saved'
          : 'IMP_BACKENDS is not used, since there is a config.json',
      )
    }
    if (text === undefined) return this.#use({ ...EMPTY_READING, config: first ?? EMPTY_CONFIG })
    const parsed = parseConfig(text)
    if (!parsed.isJson) return this.#startBroken(text, parsed.reason)
    this.#file.dropUnfinished()
    restrict(this.#file.path)
    this.#text = text
    this.#useRead(parsed)
  }

  #useRead({ reading }: Extract<Parsed, { isJson: true }>): void {
    const { problems } = reading
    if (problems.length > 0) {
      this.#log.warn({ fields: problems.map(problemText) }, 'not everything in config.json is used')
    }
    this.#use(reading)
  }

  #startBroken(text: string, reason: string): void {
    const whole = this.#finishWriting()
    if (whole !== undefined) return this.#useRead(whole)
    const config = rescue(text)
    const inForce = rescuedText(config)
    try {
      const keptAs = this.#file.setAside(config === EMPTY_CONFIG ? undefined : config)
      this.#broken = { keptAs, inForce }
      this.#text = this.#file.read()
      this.#isOwnText = true
      this.#log.warn({ reason, keptAs, inForce }, 'config.json could not be used and was kept aside')
    } catch (error) {
      // It stays, and is read like this at each start.
      this.#broken = { keptAs: undefined, inForce: `${reason}; ${inForce}` }
      this.#text = text
      const why = fileErrorText(error)
      this.#log.warn(
        { reason, why, inForce },
        'config.json could not be used, nor kept aside; it is left as it is',
      )
    }
    this.#use({ ...EMPTY_READING, config })
  }

  /** Finishes a write in place that was cut short, as by a power cut. */
  #finishWriting(): Extract<Parsed, { isJson: true }> | undefined {
    try {
      const text = this.#file.readUnfinished()
      const parsed = text === undefined ? undefined : parseConfig(text)
      if (text === undefined || parsed?.isJson !== true) return undefined
      this.#file.write(JSON.parse(text) as Record<string, unknown>, false)
      this.#text = this.#file.read()
      this.#log.warn('config.json was not written to its end; the save was finished')
      return parsed
    } catch (error) {
      this.#log.warn({ error: fileErrorText(error) }, 'a save that was not finished could not be finished')
      return undefined
    }
  }

  /**
   * Reads the file. A change by hand is put in force where it is valid; otherwise {@link warnings} says why it is
   * not.
   */
  #reload(): void {
    let text: string | undefined
    try {
      text = this.#file.read()
    } catch (error) {
      return this.#refuseHandEdit(fileErrorText(error))
    }
    if (text === this.#text) return this.#forgetHandEdit()
    if (text === undefined) return this.#refuseHandEdit('the file is gone')
    const parsed = parseConfig(text)
    if (!parsed.isJson) return this.#refuseHandEdit(parsed.reason)
    const { problems, refused } = parsed.reading
    // With no more of them than the file in force has, it is a step on the way of putting that one right.
    if (refused > this.#reading.refused) return this.#refuseHandEdit(problemsText(problems))
    this.#text = text
    this.#isOwnText = false
    this.#handEditProblem = undefined
    this.#broken = undefined
    // The editor may have written a new file that others can read.
    restrict(this.#file.path)
    this.#log.info('config.json was changed by hand and is in force')
    this.#useRead(parsed)
  }

  /** The file is again the one in force. */
  #forgetHandEdit(): void {
    if (this.#handEditProblem === undefined) return
    this.#handEditProblem = undefined
    this.#log.info('config.json is again the configuration in force')
    this.emit('warnings')
  }

  #refuseHandEdit(reason: string): void {
    if (this.#handEditProblem === reason) return
    this.#handEditProblem = reason
    this.#log.warn({ reason }, 'the change of config.json is not used')
    this.emit('warnings')
  }
}
