/** Names each state of the configuration, for the ETag, without revealing anything of its secrets. */
import { createHash } from 'node:crypto'
import { masked } from './merge.ts'
import type { Config } from '../../src-shared/config/schema.ts'

/** Characters of the digest: enough against accidental equality; a forged one would gain nothing. */
const HASH_CHARS = 16

const secretsOf = (config: Config): string =>
  JSON.stringify([config.backends.map((backend) => backend.headers), config.immich?.apiKey])

/** Owns the name of the configuration in force. */
export class Revision {
  /** Of the configuration that was followed last. */
  name = ''
  #secrets: string | undefined
  /** How often a secret has changed, which the masked configuration does not show. */
  #secretChanges = 0

  /** Takes the name of a configuration; it differs from the last one wherever the configuration does. */
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
