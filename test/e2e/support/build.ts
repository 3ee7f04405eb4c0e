import { build } from '../../../scripts/build.mjs'

export default async function globalSetup(): Promise<void> {
  const code = await build()
  if (code !== 0) throw new Error('The views could not be built; see above')
}
