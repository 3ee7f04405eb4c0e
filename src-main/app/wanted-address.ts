/**
 * Where the service is to listen: what the command line says comes before the configuration, the defaults come last.
 */
import { networkInterfaces } from 'node:os'
import type { Status } from '../../src-shared/api.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import { DEFAULT_PORT } from '../../src-shared/limits.ts'
import type { ListenAddress } from '../listener/server.ts'
import { anyAddress, type Interfaces } from '../platform/addresses.ts'

/** Owns what the command line said of host and port. */
export class WantedAddress {
  readonly #host: string | undefined
  #port: number | undefined

  readonly #interfaces: () => Interfaces

  /**
   * @param commandLine the flags `--host` and `--port`, undefined where they are absent
   * @param interfaces read for the default host
   */
  constructor(
    commandLine: { host?: string | undefined; port?: number | undefined },
    interfaces: () => Interfaces = networkInterfaces,
  ) {
    this.#interfaces = interfaces
    this.#host = commandLine.host
    this.#port = commandLine.port
  }

  /**
   * The address that a configuration means together with the command line. All addresses of this computer where neither
   * names a host.
   */
  of({ server }: Config): ListenAddress {
    return {
      host: this.#host ?? server?.host ?? anyAddress(this.#interfaces()),
      port: this.#port ?? server?.port ?? DEFAULT_PORT,
    }
  }

  /** From now on the port is the configuration's, whatever the command line said. */
  forgetPort(): void {
    this.#port = undefined
  }

  /**
   * What the command line sets over the configuration, for `GET /api/status`.
   * @param port the port in force: `--port=0` leaves the choice to the system
   */
  overrides(port: number): Status['commandLine'] {
    return {
      ...(this.#port === undefined ? {} : { port }),
      ...(this.#host === undefined ? {} : { host: this.#host }),
    }
  }
}
