// `npm run package`: builds and packages the app for this system; `--dir` makes an unpacked folder.
import { build } from './build.mjs'
import { run, tool } from './lib.mjs'

const args = process.argv.slice(2)
const built = await build()
if (built !== 0) process.exit(built)
// This script never publishes.
process.exitCode = await run(tool('electron-builder'), [...args, '--publish', 'never'])
