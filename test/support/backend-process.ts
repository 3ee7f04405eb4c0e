/** A simulated backend as a process of its own, to be killed: `tsx backend-process.ts NAME PORT DURATION_MS`. */
import { startBackend } from './simulated-backend.ts'

// The first process of a container is not ended by a signal that it does not listen to.
process.once('SIGTERM', () => process.exit())
const [name = 'backend', port = '0', durationMs = '0'] = process.argv.slice(2)
const backend = await startBackend({ name, port: Number(port), durationMs: Number(durationMs) })
console.log(`listening on ${backend.port}`)
