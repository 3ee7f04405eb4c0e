/**
 * A NAS whose name stands in the hosts file, and three computers whose names are for a name server that is silent. Runs in
 * namespaces of its own. Prints {@link HangingNames}.
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { JOBS, predict } from '../immich-client.ts'
import { startProxy } from '../proxy.ts'
import { startBackend } from '../simulated-backend.ts'
import { ip } from './ip.ts'

export interface HangingNames {
  /** The statuses of three rounds of ten searches on the NAS, each round on new connections. */
  readonly searches: number[]
  readonly status: string
  /** Why the others are unhealthy. */
  readonly errors: string[]
}

const NAME_SERVER = '203.0.113.53'
const HANGING = ['gaming-pc', 'laptop', 'workstation']
const ROUNDS = 3
const SEARCHES = 10

function replaceFile(file: string, text: string): void {
  const own = path.join(mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-names-')), 'file')
  writeFileSync(own, text)
  execFileSync('mount', ['--bind', own, file])
}

ip('link set lo up')
ip(`addr add ${NAME_SERVER}/32 dev lo`)
replaceFile('/etc/hosts', '127.0.0.1 localhost\n127.0.0.1 nas.home\n')
replaceFile('/etc/nsswitch.conf', 'hosts: files dns\n')
replaceFile('/etc/resolv.conf', `nameserver ${NAME_SERVER}\n`)
const silent = createSocket('udp4').bind(53, NAME_SERVER)
await once(silent, 'listening')

const nas = await startBackend({ name: 'nas' })
const proxy = await startProxy()
const backends = [
  ...HANGING.map((name) => ({ name, url: `http://${name}.home:3003` })),
  { name: 'nas', url: `http://nas.home:${nas.port}` },
]
const { monitor } = proxy.service
await proxy.configure({ defaultBackend: 'nas', backends })
const searches: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  // Drops all connections, and asks for all names once more.
  const resumed = proxy.service.resume()
  const answers = await Promise.all(
    Array.from({ length: SEARCHES }, (_, index) => predict(proxy.url, JOBS.searchText, `cat ${index}`)),
  )
  searches.push(...answers.map(({ status }) => status))
  await resumed
}
const states = monitor.states()
const result: HangingNames = {
  searches,
  status: states['nas']?.status ?? '',
  errors: HANGING.map((name) => states[name]?.error ?? ''),
}
process.stdout.write(JSON.stringify(result))
await proxy.stop()
await nas.stop()
silent.close()
// The threads that wait for the name server would keep the process for 10 s.
process.exit()
