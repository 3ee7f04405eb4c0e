/**
 * The guard in a process of its own, to be killed: `guard-process.ts FOLDER URL KEY HOST SERVED`. Prints a line when it has
 * taken over its settings, and lives until it is ended.
 */
import { Immich } from '../../src-main/immich/immich.ts'
import { silentLogger } from '../../src-main/platform/log.ts'
import { GUARDED_TASKS } from '../../src-shared/immich.ts'
import { fastClock } from './fast-clock.ts'

const [folder = '', url = '', apiKey = '', host = '', served = ''] = process.argv.slice(2)

const immich = new Immich({ folder, log: silentLogger(), clock: fastClock(50) })
immich.sawHost(host)
for (const task of GUARDED_TASKS) immich.served(task, served === 'served')
await immich.apply({ url, apiKey, guard: 'on' })
console.log('ready')
// The guard's own timers keep no process alive.
setInterval(() => undefined, 60_000)
