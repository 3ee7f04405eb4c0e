/** Looks up once a day whether there is a newer version. Nothing is downloaded or installed. */
import { EventEmitter } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { app, net } from 'electron'
import * as z from 'zod'
import { REPOSITORY } from '../../../src-shared/project.ts'
import type { Desktop } from '../desktop.ts'
import { UPDATE_ANSWER_BYTES, UPDATE_CHECK_EVERY_MS, UPDATE_TIMEOUT_MS, UPDATE_TIMER_MS } from '../limits.ts'
import { errorText } from '../../platform/errors.ts'
import type { Logger } from '../../platform/log.ts'
import { version as currentVersion } from '../../platform/package-info.ts'
import { FILE_MODE, readText } from '../../settings/file.ts'
import { isNewer, latestReleaseUrl, versionOf } from './releases.ts'

const UPDATE_FILE = 'update-check.json'

const fileSchema = z.object({
  /** Time of the last attempt, milliseconds since 1970. */
  at: z.number(),
  /** The latest version that is known. */
  latest: z.string().optional(),
})

export interface UpdateCheckOptions {
  /** `owner/name`, or empty: then nothing is looked up. */
  readonly repository: string
  readonly folder: string
  readonly enabled: () => boolean
  readonly log: Logger
  readonly now?: () => number
}

interface UpdateCheckEvents {
  /** Another version is the latest. */
  change: []
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > UPDATE_ANSWER_BYTES) throw new Error(`the answer is larger than ${UPDATE_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Owns the file with the latest version that is known. Asks for it once a day at most, only where that is enabled and
 * the project has a repository.
 */
export class UpdateCheck extends EventEmitter<UpdateCheckEvents> {
  readonly #options: UpdateCheckOptions
  readonly #file: string
  #state: z.infer<typeof fileSchema> | undefined
  #isChecking = false

  constructor(options: UpdateCheckOptions) {
    super()
    this.#options = options
    this.#file = path.join(options.folder, UPDATE_FILE)
    this.#state = this.#read()
  }

  /** The newer version, if one is known and the check is enabled. */
  get newVersion(): string | undefined {
    const { enabled, repository } = this.#options
    const latest = this.#state?.latest
    if (repository === '' || latest === undefined || !enabled()) return undefined
    return isNewer(latest, currentVersion) ? latest : undefined
  }

  /** Looks up the latest release if that is enabled and was last tried a day ago. A failure is only logged. */
  readonly check = async (): Promise<void> => {
    const { repository, enabled, log, now = Date.now } = this.#options
    if (repository === '' || !enabled() || this.#isChecking) return
    // The clock may have been set back.
    if (this.#state !== undefined && Math.abs(now() - this.#state.at) < UPDATE_CHECK_EVERY_MS) return
    this.#isChecking = true
    try {
      const before = this.#state?.latest
      // Also noted for an attempt that fails, which is then not repeated before the next day.
      this.#state = { at: now(), latest: before }
      const latest = await this.#latest()
      this.#state = { ...this.#state, latest }
      if (latest !== before) this.emit('change')
    } catch (error) {
      log.debug({ error: errorText(error) }, 'the latest version could not be looked up')
    } finally {
      this.#isChecking = false
      this.#write()
    }
  }

  async #latest(): Promise<string | undefined> {
    // Electron's own fetch follows the proxy settings of the system.
    const response = await net.fetch(latestReleaseUrl(this.#options.repository), {
      headers: { accept: 'application/vnd.github+json' },
      signal: AbortSignal.timeout(UPDATE_TIMEOUT_MS),
      credentials: 'omit',
    })
    if (!response.ok) throw new Error(`GitHub answered ${response.status}`)
    return versionOf(JSON.parse(await readLimited(response)))
  }

  #read(): z.infer<typeof fileSchema> | undefined {
    try {
      return fileSchema.safeParse(JSON.parse(readText(this.#file) ?? 'null')).data
    } catch {
      // The file is truncated or cannot be read: the next check is due at once.
      return undefined
    }
  }

  #write(): void {
    try {
      const next = `${this.#file}.new`
      writeFileSync(next, `${JSON.stringify(this.#state)}\n`, { mode: FILE_MODE })
      renameSync(next, this.#file)
    } catch (error) {
      this.#options.log.debug({ error: errorText(error) }, 'the time of the update check could not be saved')
    }
  }
}

/** Checks for a newer version from now on, unless this build names no repository. */
export function setupUpdateCheck({ service, log, cleanup }: Desktop, repository = REPOSITORY): UpdateCheck {
  const { store } = service
  const check = new UpdateCheck({
    repository,
    folder: app.getPath('userData'),
    enabled: () => store.config.app?.checkForUpdates ?? true,
    log,
  })
  if (repository === '') return check
  void check.check()
  const timer = setInterval(() => void check.check(), UPDATE_TIMER_MS)
  cleanup.add(() => clearInterval(timer))
  return check
}
