/** nginx twice: as the backend that answers a fixed body, and as a plain reverse proxy. */
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CapturedRequest } from './requests.ts'
import { freePort, type Running, type Stage } from './stage.ts'

/**
 * One worker each, for the backend and for the proxy: Node's event loop is one thread too, and two cores are shared by
 * load, proxy and backend. A second worker would only add context switches.
 */
const WORKERS = 1

function mainConfig(servers: string): string {
  // Workers of root's nginx would become another user, who may not read the temporary folder.
  const user = process.getuid?.() === 0 ? 'user root root;' : ''
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${name};`,
  )
  return `
    ${user}
    daemon off;
    worker_processes ${WORKERS};
    pid nginx.pid;
    error_log stderr warn;
    events { worker_connections 1024; }
    http {
      ${temp.join(' ')}
      access_log off;
      default_type application/json;
      tcp_nodelay on;
      keepalive_timeout 300s;
      keepalive_requests 100000000;
      client_max_body_size 100m;
      # Images stay in memory, as they do in the others.
      client_body_buffer_size 1m;
      ${servers}
    }`
}

/**
 * The backend. A plain `return` would answer before the body is read; `mirror` reads the whole body first and
 * hands it to an internal location that throws it away. Then the POST runs into a file, for which nginx has only a
 * 405, and that becomes a 200 with the file: an answer without a second hop.
 */
function backendServer(port: number, folder: string): string {
  return `
    server {
      listen 127.0.0.1:${port} backlog=1024;
      root ${folder};
      location = /ping { default_type text/plain; return 200 pong; }
      location = /requests { stub_status; }
      location = /predict {
        mirror /read;
        try_files /answer.json =500;
        error_page 405 =200 /answer.json;
      }
      location = /read { internal; return 204; }
      location = /answer.json { internal; open_file_cache max=4; }
    }`
}

function proxyServer(port: number, backendUrl: string): string {
  return `
    upstream backend { server ${new URL(backendUrl).host}; keepalive 128; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${port} backlog=1024;
      location / {
        proxy_pass http://backend;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        # The answer of 6 KB fits.
        proxy_buffers 8 16k;
        proxy_buffer_size 16k;
      }
    }`
}

async function startNginx(
  stage: Stage,
  nginx: string,
  name: string,
  servers: (port: number, folder: string) => string,
  options: { files?: Record<string, string>; env?: Readonly<Record<string, string>> } = {},
): Promise<Running> {
  const folder = stage.file(name)
  mkdirSync(folder, { recursive: true })
  for (const [file, content] of Object.entries(options.files ?? {}))
    writeFileSync(`${folder}/${file}`, content)
  const port = await freePort()
  writeFileSync(`${folder}/nginx.conf`, mainConfig(servers(port, folder)))
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr']
  return stage.start({ name, command: nginx, args, port, env: options.env ?? {} })
}

export function startBackend(stage: Stage, nginx: string, name: string, answer: string): Promise<Running> {
  return startNginx(stage, nginx, name, backendServer, { files: { 'answer.json': answer } })
}

/** The C library keeps freed memory: the system would otherwise have to map it again for the next body. */
const KEEPS_MEMORY = { MALLOC_TRIM_THRESHOLD_: String(2 ** 30), MALLOC_MMAP_THRESHOLD_: String(2 ** 25) }

/** @param keepsMemory whether the C library keeps freed memory; else it may keep it or not */
export function startProxy(
  stage: Stage,
  nginx: string,
  name: string,
  backend: string,
  keepsMemory = false,
): Promise<Running> {
  const env = keepsMemory ? KEEPS_MEMORY : {}
  return startNginx(stage, nginx, name, (port) => proxyServer(port, backend), { env })
}

/** How many requests a backend has had so far. */
export async function requestCount(backend: Running): Promise<number> {
  const status = await (await fetch(`${backend.url}/requests`)).text()
  return Number(/^\s*\d+ \d+ (\d+)/m.exec(status)?.[1] ?? Number.NaN)
}

/** How long the sender of half a body waits for an answer that must not come, milliseconds. */
const TOO_EARLY_MS = 150
const ANSWER_WITHIN_MS = 5_000

/**
 * Sends a body in two halves.
 * @throws when the backend answers before it has the second, or not at all
 */
export async function proveBodyIsRead(backend: Running, request: CapturedRequest): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(backend.url).port) })
  const answer = once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }) as Promise<[Buffer]>
  try {
    const type = request.headers['content-type'] ?? ''
    const { length } = request.body
    const half = Math.floor(length / 2)
    socket.write(
      `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`,
    )
    socket.write(request.body.subarray(0, half))
    const early = await Promise.race([answer, sleep(TOO_EARLY_MS, 'silent' as const)])
    if (early !== 'silent') throw new Error(`${backend.name} answers before it has read the body`)
    socket.write(request.body.subarray(half))
    const [first] = await answer
    const line = first.toString('latin1', 0, 40)
    if (!line.startsWith('HTTP/1.1 200 ')) throw new Error(`${backend.name} answered ${line}`)
  } finally {
    socket.destroy()
  }
}
