/**
 * A name with eight addresses that nobody has before the one of the backend. Runs in a namespace of its own. Prints
 * {@link DeadAddresses}.
 */
import { JOBS, predict } from '../immich-client.ts'
import { nameAddresses } from '../names.ts'
import { startProxy } from '../proxy.ts'
import { startBackend } from '../simulated-backend.ts'
import { ip } from './ip.ts'

export interface DeadAddresses {
  readonly statuses: number[]
  /** How long the first search took, and the second, on a new connection, milliseconds. */
  readonly ms: number[]
}

ip('link set lo up')
// On a cable whose other end answers nobody.
ip('link add name near type veth peer name far')
ip('addr add 10.78.0.1/24 dev near')
ip('link set near up')
ip('link set far up')
const dead = Array.from({ length: 8 }, (_, index) => `10.78.0.${index + 11}`)
nameAddresses('farm.home', [...dead, '127.0.0.1'])

const backend = await startBackend()
const proxy = await startProxy()
await proxy.configure({
  defaultBackend: 'farm',
  backends: [{ name: 'farm', url: `http://farm.home:${backend.port}` }],
})
const statuses: number[] = []
const ms: number[] = []
for (let round = 0; round < 2; round++) {
  await proxy.service.resume()
  const started = performance.now()
  statuses.push((await predict(proxy.url, JOBS.searchText, 'cat')).status)
  ms.push(performance.now() - started)
}
const result: DeadAddresses = { statuses, ms }
process.stdout.write(JSON.stringify(result))
await proxy.stop()
await backend.stop()
