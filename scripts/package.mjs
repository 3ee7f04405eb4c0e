// `npm run package`: builds and packs the app for this system; `--dir` leaves it unpacked.
import { build } from './build.mjs'
import { run, tool } from './lib.mjs'

const args = process.argv.slice(2)
const built = await build()
if (built !== 0) process.exit(built)
// Nothing is ever published from here.
process.exitCode = await run(tool('electron-builder'), [...args, '--publish', 'never'])
