/** Builds the project before the first test of a vitest project runs, where a source is newer than the build. */
import { build } from '../../scripts/build.mjs'

export async function setup(): Promise<void> {
  const code = await build()
  if (code !== 0) throw new Error(`The build ended with code ${code}`)
}
