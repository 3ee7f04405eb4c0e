/** Builds what is stale before the first test runs. */
import { build } from '../../scripts/build.mjs'

export async function setup(): Promise<void> {
  const code = await build()
  if (code !== 0) throw new Error(`The build ended with code ${code}`)
}
