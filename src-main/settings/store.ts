/**
 * The owner of the configuration: loads `config.json`, judges and saves posted configurations, and follows changes of
 * the file by hand. See docs/design/configuration.md.
 */
import { EventEmitter } from 'node:events'
import path from 'node:path'
import type { Logger } from '../platform/log.ts'
import { AppError, errorText } from '../platform/errors.ts'
import {
  CONFIG_FILE,
  ensureFolder,
  keepAside,
  putBack,
  readText,
  restrict,
  watchFile,
  writeOver,
  type Writer,
  type WriterFactory,
} from './file.ts'
import { completePosted } from './merge.ts'
import { parseConfig, rescue, rescuedText } from './parse.ts'
import { Revision } from './revision.ts'
import {
  EMPTY_CONFIG,
  judge,
  problemsText,
  savedConfigSchema,
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
}

/** A posted configuration that was judged, to be saved. */
export interface JudgedConfig {
  /** The configuration that it means. */
  readonly config: Config
  /** The configuration in force when it was judged; fields that were not posted are taken from it. */
  readonly base: Config
  readonly posted: unknown
  readonly ifMatch: string | undefined
}

/**
 * Owns the configuration in force and its file. The configuration is always valid; a change is written first and then
 * put in force, and `change` is emitted in the same turn.
 */
export class ConfigStore extends EventEmitter<StoreEvents> {
  readonly file: string
  readonly #log: Logger
  #config: Config = EMPTY_CONFIG
  #writer: Writer | undefined
  #stopWatching: (() => void) | undefined
  /** The text of the file as it was last read or written; undefined where there was none. */
  #text: string | undefined
  readonly #revision = new Revision()
  /** Set where the file could not be used at the start: where it was kept, and what of it stays in force. */
  #broken: { readonly keptAs: string; readonly inForce: string } | undefined
  /** Why the last change by hand is not used. */
  #handEditProblem: string | undefined

  private constructor(options: StoreOptions) {
    super()
    this.file = path.join(options.folder, CONFIG_FILE)
    this.#log = options.log
  }

  /**
   * Opens the store of a folder, which is made where it is missing. A file that cannot be used is kept aside; its
   * password, lists and address stay in force ({@link rescue}) and are written to a new file, so that they hold after
   * the next start.
   * @throws {AppError} FOLDER_UNUSABLE (500) where the folder cannot be made, read or written
   */
  static async open(options: StoreOptions): Promise<ConfigStore> {
    const store = new ConfigStore(options)
    try {
      ensureFolder(options.folder)
      store.#load()
      await store.#openWriter(options)
    } catch (error) {
      if (error instanceof AppError) throw error
      throw new AppError(
        'FOLDER_UNUSABLE',
        500,
        `The folder ${options.folder} cannot be used (${errorText(error)}); name another with --user-data-dir=DIR`,
      )
    }
    store.#stopWatching = watchFile(
      store.file,
      () => store.#reload(),
      (error) =>
        options.log.warn({ error: errorText(error) }, 'config.json cannot be watched for changes by hand'),
    )
    return store
  }

  get config(): Config {
    return this.#config
  }

  /** Changes with every change of the configuration; the `ETag` of `GET /api/config`. */
  get revision(): string {
    return this.#revision.name
  }

  /** What is wrong with the file, as sentences for the user. */
  get warnings(): string[] {
    const warnings: string[] = []
    if (this.#broken !== undefined) {
      const { keptAs, inForce } = this.#broken
      warnings.push(`The configuration could not be read; it was kept as ${keptAs}; ${inForce}`)
    }
    if (this.#handEditProblem !== undefined) {
      warnings.push(
        `config.json was changed by hand and is not used: ${this.#handEditProblem}; the last good configuration stays in force`,
      )
    }
    return warnings
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
   * @throws {AppError} what {@link judge} throws, and CONFIG_UNWRITABLE (500); then nothing has changed
   */
  save(judged: JudgedConfig): void {
    this.#reload()
    const { base, posted, ifMatch } = judged
    this.#write(base === this.#config ? judged.config : this.#judge(posted, ifMatch).config)
  }

  /**
   * Changes the configuration in force, after a change by hand that was not noticed yet.
   * @param change makes a valid configuration of a valid one
   * @throws {AppError} CONFIG_UNWRITABLE (500); then nothing has changed
   */
  edit(change: (config: Config) => Config): void {
    this.#reload()
    this.#write(change(this.#config))
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
    const base = this.#config
    const judged = judge(savedConfigSchema, completePosted(base, posted))
    if (judged.ok) return { config: judged.value, base, posted, ifMatch }
    throw new AppError('CONFIG_INVALID', 400, `Not saved: ${problemsText(judged.problems)}`, {
      problems: judged.problems,
    })
  }

  /** To be called right after {@link #reload}: what a user typed by hand and could not be used is then kept aside. */
  #write(config: Config): void {
    try {
      const isUnusable = this.#handEditProblem !== undefined
      const aside = writeOver(this.file, () => this.#writer?.write(config), isUnusable)
      if (aside !== undefined) this.#log.warn({ file: aside }, 'the unusable config.json was kept aside')
      this.#text = readText(this.file)
    } catch (error) {
      throw new AppError(
        'CONFIG_UNWRITABLE',
        500,
        `Not saved: ${this.file} cannot be written (${errorText(error)}); the old configuration stays in force`,
      )
    }
    this.#handEditProblem = undefined
    this.#broken = undefined
    this.#use(config)
  }

  #use(config: Config): void {
    this.#config = config
    this.#revision.follow(config)
    this.emit('change', config)
    this.emit('warnings')
  }

  #load(): void {
    const text = this.#readOrKeepAside()
    this.#text = text
    if (text === undefined) return this.#use(EMPTY_CONFIG)
    const parsed = parseConfig(text)
    if (parsed.ok) {
      restrict(this.file)
      this.#use(parsed.config)
      return
    }
    const rescued = rescue(text)
    this.#setAside(parsed.reason, rescued)
    this.#use(rescued)
  }

  async #openWriter({ writer, folder }: StoreOptions): Promise<void> {
    const aside = this.#broken?.keptAs
    try {
      this.#writer = await writer(folder)
      if (aside === undefined || this.#config === EMPTY_CONFIG) return
      this.#writer.write(this.#config)
      this.#text = readText(this.file)
    } catch (error) {
      // Without a file, the next start would have no password.
      if (aside !== undefined) putBack(aside, this.file)
      throw error
    }
  }

  #readOrKeepAside(): string | undefined {
    try {
      return readText(this.file)
    } catch (error) {
      this.#setAside(errorText(error), EMPTY_CONFIG)
      return undefined
    }
  }

  #setAside(reason: string, rescued: Config): void {
    const [keptAs, inForce] = [keepAside(this.file, new Date()), rescuedText(rescued)]
    this.#broken = { keptAs, inForce }
    this.#text = undefined
    this.#log.warn({ reason, keptAs, inForce }, 'config.json could not be used and was kept aside')
  }

  /**
   * Reads the file. A change by hand is put in force where it is valid; otherwise {@link warnings} says why it is
   * not.
   */
  #reload(): void {
    let text: string | undefined
    try {
      text = readText(this.file)
    } catch (error) {
      return this.#refuseHandEdit(errorText(error))
    }
    if (text === this.#text) return this.#forgetHandEdit()
    if (text === undefined) return this.#refuseHandEdit('the file is gone')
    const parsed = parseConfig(text)
    if (!parsed.ok) return this.#refuseHandEdit(parsed.reason)
    this.#text = text
    this.#handEditProblem = undefined
    this.#broken = undefined
    // The editor may have written a new file that others can read.
    restrict(this.file)
    this.#log.info('config.json was changed by hand and is in force')
    this.#use(parsed.config)
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
