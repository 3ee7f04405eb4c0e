/** The backend at the other end of a cable: waits until it is connected, then listens at the address that it is given. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ip } from './ip.ts'

const address = process.argv[2] ?? ''
process.send?.('started')
await once(process, 'message')
ip(`addr add ${address}/24 dev far`)
ip('link set far up')
const server = createServer((request, response) => {
  request.resume().once('end', () => response.end(request.url === '/ping' ? 'pong' : '{"clip":"[1]"}'))
})
server.listen(0, address)
await once(server, 'listening')
process.send?.((server.address() as AddressInfo).port)
process.once('disconnect', () => process.exit())
