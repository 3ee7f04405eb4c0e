// `npm start`: builds what is stale and starts the service headless in plain Node.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { build } from './build.mjs'
import { root } from './lib.mjs'

const code = await build()
if (code !== 0) process.exit(code)
const child = spawn(process.execPath, [path.join(root, 'dist/main/cli.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})
// Ctrl+C reaches the child by the terminal; it decides when to end.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => child.kill(signal))
child.once('exit', (exitCode, signal) => process.exit(exitCode ?? (signal === null ? 1 : 128)))
