/** Types of the part of pino-roll that is used here; the package has none. */
declare module 'pino-roll' {
  import type { SonicBoom, SonicBoomOpts } from 'sonic-boom'

  interface RollOptions extends SonicBoomOpts {
    /** Path of the log file without its number and extension. */
    file: string
    /** For example "2m" for 2 MiB. */
    size?: string
    extension?: string
    limit?: { count: number; removeOtherLogFiles?: boolean }
  }
  export default function pinoRoll(options: RollOptions): Promise<SonicBoom>
}
