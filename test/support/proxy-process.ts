/**
 * A whole proxy in a process of its own, to be killed: `proxy-process.ts FOLDER PORT`. Prints a line when it listens. The
 * clock of its queue guard runs 50 times as fast.
 */
import { createService } from '../../src-main/app/service.ts'
import { silentLogger } from '../../src-main/platform/log.ts'
import { fastClock } from './fast-clock.ts'

const [folder = '', port = ''] = process.argv.slice(2)

const service = await createService({
  userDataDir: folder,
  log: silentLogger(),
  host: '127.0.0.1',
  port: Number(port),
  immichClock: fastClock(50),
})
await service.start()
console.log('ready')
