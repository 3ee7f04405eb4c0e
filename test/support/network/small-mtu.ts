/**
 * A backend behind a bridge that drops large packets in silence, as a VPN with a wrong MTU does: pings pass, photos do not.
 * Runs in namespaces of its own. Prints {@link SmallMtu}.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { JOBS, predict } from '../immich-client.ts'
import { readPhoto } from '../photo.ts'
import { startProxy } from '../proxy.ts'
import { startBackend } from '../simulated-backend.ts'
import { ip } from './ip.ts'

export interface SmallMtu {
  /** The health of the backend behind the bridge before the first photo. */
  readonly before: string
  readonly status: number
  /** What the health of that backend tells afterwards. */
  readonly lastError: string
  /** Predictions that reached the other backend. */
  readonly others: number
}

const HERE = '10.77.0.1'
const THERE = '10.77.0.2'
/** As large as a preview can be: more than the system takes of it before the first answer. */
const PHOTO_BYTES = 1024 * 1024
/** Of the marker at the end of a JPEG. */
const END_BYTES = 2

/** Starts the far backend, in a namespace of its own, and connects it. */
async function startFar(): Promise<{ port: number; stop: () => void }> {
  const child = spawn(
    'unshare',
    ['--net', process.execPath, '--import', 'tsx', path.join(import.meta.dirname, 'far-backend.ts'), THERE],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  )
  await once(child, 'message')
  ip('link add name near type veth peer name port1')
  ip('link add name port2 type veth peer name far')
  ip(`link set far netns ${child.pid ?? 0}`)
  ip('link add name middle type bridge')
  for (const port of ['port1', 'port2']) ip(`link set ${port} master middle`)
  // Packets that the network card would cut are not dropped: none are sent.
  ip('link set near gso_max_segs 1')
  ip('link set port2 mtu 1300')
  ip(`addr add ${HERE}/24 dev near`)
  for (const link of ['near', 'port1', 'port2', 'middle']) ip(`link set ${link} up`)
  child.send('connected')
  const [port] = (await once(child, 'message')) as [number]
  return { port, stop: () => void child.kill() }
}

ip('link set lo up')
const far = await startFar()
const near = await startBackend({ name: 'near' })
const proxy = await startProxy()
const backends = [
  { name: 'far', url: `http://${THERE}:${far.port}` },
  { name: 'near', url: near.url },
]
await proxy.configure({ defaultBackend: ['far', 'near'], backends })
const { monitor } = proxy.service
const before = monitor.states()['far']?.status ?? ''
const jpeg = readPhoto()
const photo = Buffer.concat([
  jpeg.subarray(0, -END_BYTES),
  Buffer.alloc(PHOTO_BYTES),
  jpeg.subarray(-END_BYTES),
])
const answer = await predict(proxy.url, JOBS.searchImage, photo)
const result: SmallMtu = {
  before,
  status: answer.status,
  lastError: monitor.states()['far']?.lastError?.text ?? '',
  others: near.seen.length,
}
process.stdout.write(JSON.stringify(result))
await proxy.stop()
await near.stop()
far.stop()
