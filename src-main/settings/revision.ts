/** A name for each state of the configuration, without telling what is secret in it. */
import { createHash } from 'node:crypto'
import { masked } from './merge.ts'
import type { Config } from '../../src-shared/config/schema.ts'

/** Characters of a hash that nobody tries to forge. */
const HASH_CHARS = 16

const secretsOf = (config: Config): string =>
  JSON.stringify(config.backends.map((backend) => backend.headers))

export class Revision {
  name = ''
  #secrets: string | undefined
  /** Counts the changes of what the masked configuration does not show. */
  #secretChanges = 0

  /** Takes the name of a configuration: another one whenever it differs from the one before. */
  follow(config: Config): void {
    const secrets = secretsOf(config)
    if (this.#secrets !== undefined && secrets !== this.#secrets) this.#secretChanges++
    this.#secrets = secrets
    const shown = createHash('sha256')
      .update(JSON.stringify(masked(config)))
      .digest('base64url')
      .slice(0, HASH_CHARS)
    this.name = `${shown}-${this.#secretChanges}`
  }
}
