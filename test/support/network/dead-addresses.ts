/**
 * A name with eight addresses that nobody has before the one of the backend. Runs in a namespace of its own. Prints
 * {@link DeadAddresses}.
 */
import { JOBS, predict } from '../immich-client.ts'
import { nameAddresses } from '../names.ts'
import { startProxy } from '../proxy.ts'
import { startBackend } from '../simulated-backend.ts'
import { ip } from './ip.ts'

/** The statuses of two searches, each on a new connection. */
export type DeadAddresses = number[]

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
const statuses: DeadAddresses = []
for (let round = 0; round < 2; round++) {
  await proxy.service.resume()
  statuses.push((await predict(proxy.url, JOBS.searchText, 'cat')).status)
}
process.stdout.write(JSON.stringify(statuses))
await proxy.stop()
await backend.stop()
