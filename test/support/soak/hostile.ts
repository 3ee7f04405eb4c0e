/** Clients that behave badly, each on a connection of its own that it opens again whenever it has ended. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { multipartBody } from '../multipart.ts'
import { JOBS } from '../immich-client.ts'
import { readPhoto } from '../photo.ts'
import { BOUNDARY, imagePart, TYPE } from '../prediction-bodies.ts'

const HOST = 'Host: 127.0.0.1\r\n'
const PIPELINED = 300
/** Bytes of payload that are sent one by one. */
const DRIPPED_BYTES = 200_000
/** How long a connection is held whose answers are not read. */
const UNREAD_MS = 20_000

const get = (target: string): string => `GET ${target} HTTP/1.1\r\n${HOST}\r\n`
const body = multipartBody(BOUNDARY, [
  { name: 'entries', content: Buffer.from(JSON.stringify(JOBS.searchImage)) },
  imagePart(readPhoto()),
])
const post = (headers: string): string =>
  `POST /predict HTTP/1.1\r\n${HOST}Content-Type: ${TYPE}\r\n${headers}\r\n\r\n`
const PHOTO = Buffer.concat([Buffer.from(post(`Content-Length: ${body.length}`)), body])

/** The end of each connection: one listener for all that wait for it. */
const ends = new WeakMap<Socket, Promise<void>>()

/** Waits for something, or for the end of the connection. */
async function orClosed(socket: Socket, something: Promise<unknown>): Promise<void> {
  const end = ends.get(socket) ?? new Promise<void>((resolve) => socket.once('close', () => resolve()))
  ends.set(socket, end)
  await Promise.race([something, end])
}

type Behaviour = (socket: Socket) => Promise<void>

/** Asks for much and reads nothing. */
const reader: Behaviour = async (socket) => {
  socket.pause()
  socket.write(`${get('/config')}${get('/api/status')}`.repeat(PIPELINED))
  await orClosed(socket, setTimeout(UNREAD_MS))
}

/** Sends many requests at once, and leaves after some of the answers. */
const pipeliner: Behaviour = async (socket) => {
  socket.write(`${get('/ping')}${get('/none')}`.repeat(PIPELINED) + PHOTO.toString('latin1'), 'latin1')
  for (let chunks = 0; chunks < 20 && !socket.destroyed; chunks++)
    await orClosed(socket, once(socket, 'data'))
}

/** Sends a body byte by byte, and now and then ends it. */
const dripper: Behaviour = async (socket) => {
  socket.resume()
  socket.write(post('Transfer-Encoding: chunked'))
  for (let sent = 0; sent < DRIPPED_BYTES && !socket.destroyed; sent += 2_000) {
    if (!socket.write('1\r\nx\r\n'.repeat(2_000))) await orClosed(socket, once(socket, 'drain'))
  }
  if (Math.random() < 0.5) socket.write('0\r\n\r\n')
  await orClosed(socket, setTimeout(100))
}

/** Leaves in the middle of a photo, or before its answer. */
const aborter: Behaviour = async (socket) => {
  socket.resume()
  socket.write(PHOTO.subarray(0, Math.ceil(PHOTO.length * Math.min(1, 0.2 + Math.random()))))
  await setTimeout(Math.random() * 100)
}

const BEHAVIOURS = [reader, pipeliner, dripper, aborter]

/** How long a client rests between two connections: they are to be a nuisance, not all the load that there is. */
const REST_MS = 50

/**
 * Runs so many hostile clients, of each kind as many, until the time is over.
 * @param end on the monotonic clock, milliseconds
 * @returns how many connections they have used
 */
export async function beHostile(port: number, clients: number, end: number): Promise<number> {
  let connections = 0
  const open = new Set<Socket>()
  const one = async (index: number): Promise<void> => {
    const behave = BEHAVIOURS[index % BEHAVIOURS.length] ?? reader
    while (performance.now() < end) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      open.add(socket)
      connections++
      try {
        await orClosed(socket, once(socket, 'connect'))
        await behave(socket)
      } catch {
        // The proxy has ended the connection, as it may.
      }
      socket.destroy()
      open.delete(socket)
      await setTimeout(REST_MS)
    }
  }
  const stop = setTimeout(Math.max(0, end - performance.now())).then(() => {
    for (const socket of open) socket.destroy()
  })
  await Promise.all([stop, ...Array.from({ length: clients }, (_, index) => one(index))])
  return connections
}
