// `npm run test:electron`: the suite on the real Electron, where its binary is.
import { build } from './build.mjs'
import { findElectron } from './electron-binary.mjs'
import { run, tool } from './lib.mjs'
import { whyHeadless } from './why-headless.mjs'

/** Why the suite cannot run here. */
function whyNot() {
  if (findElectron() === undefined) return 'Electron’s binary is absent (npx install-electron fetches it)'
  return whyHeadless({ args: [], platform: process.platform, env: process.env, uid: process.getuid?.() })
}

const reason = whyNot()
if (reason === undefined) {
  const built = await build()
  process.exitCode =
    built === 0
      ? await run(tool('playwright'), [
          'test',
          '-c',
          'playwright.electron.config.ts',
          ...process.argv.slice(2),
        ])
      : built
} else {
  console.log(`The Electron suite did not run: ${reason}.`)
  // Where it must run, as in the workflow, its absence is a failure.
  process.exitCode = process.env['REQUIRE_ELECTRON'] === '1' ? 1 : 0
}
