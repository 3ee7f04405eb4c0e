// The built service as a process of its own for `npm run soak`, with its figures on standard output.
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** @param {string} name a module of the built program */
const built = (name) => import(new URL(`../../../dist/src-main/${name}.js`, import.meta.url).href)
const { silentLogger } = await built('platform/log')
const { createService } = await built('app/service')

const REPORT_EVERY_MS = 1_000
const NS_PER_MS = 1e6

const [userDataDir = ''] = process.argv.slice(2)
const service = await createService({ userDataDir, log: silentLogger(), host: '127.0.0.1', port: 0 })
await service.start()
console.log(`listening on ${service.address?.port}`)

const openFiles = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0)
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
const timer = setInterval(() => {
  const rssMb = Math.round(process.memoryUsage.rss() / 1024 / 1024)
  const p99 = Math.round((delay.percentile(99) / NS_PER_MS) * 10) / 10
  const figures = {
    rssMb,
    loopDelayP99Ms: p99,
    openFiles: openFiles(),
    inFlight: service.work.inFlight,
    waiting: service.waiting,
  }
  console.log(`figures ${JSON.stringify(figures)}`)
}, REPORT_EVERY_MS)
process.once('SIGTERM', () => {
  clearInterval(timer)
  void service.stop(1_000)
})
