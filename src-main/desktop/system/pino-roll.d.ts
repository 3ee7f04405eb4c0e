/** pino-roll comes without types: what is used of it. */
declare module 'pino-roll' {
  import type { SonicBoom, SonicBoomOpts } from 'sonic-boom'

  interface RollOptions extends SonicBoomOpts {
    /** Path without number and extension. */
    file: string
    /** As "2m". */
    size?: string
    extension?: string
    limit?: { count: number; removeOtherLogFiles?: boolean }
  }
  export default function pinoRoll(options: RollOptions): Promise<SonicBoom>
}
