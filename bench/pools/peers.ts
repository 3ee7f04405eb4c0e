/** nginx and HAProxy with the way of sharing that suits machines of different speed best: the fewest in flight. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { freePort, type Running, type Stage } from '../stage.ts'

const hosts = (urls: ReadonlyMap<string, string>): [string, string][] =>
  [...urls].map(([name, url]) => [name, new URL(url).host])

function nginxConfig(port: number, urls: ReadonlyMap<string, string>): string {
  const user = process.getuid?.() === 0 ? 'user root root;' : ''
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${name};`,
  )
  // One that fails is left out for a second, and its request goes to another one: nginx's defaults (10 s, and no POST
  // is sent twice) would lose what a dying machine had.
  const servers = hosts(urls).map(([, host]) => `server ${host} max_fails=1 fail_timeout=1s;`)
  return `
    ${user}
    daemon off;
    worker_processes 1;
    pid nginx.pid;
    error_log stderr crit;
    events { worker_connections 1024; }
    http {
      ${temp.join(' ')}
      access_log off;
      tcp_nodelay on;
      client_max_body_size 100m;
      client_body_buffer_size 1m;
      upstream pool { least_conn; ${servers.join(' ')} keepalive 64; }
      server {
        listen 127.0.0.1:${port} backlog=1024;
        location / {
          proxy_pass http://pool;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_buffers 8 16k;
          proxy_buffer_size 16k;
          proxy_read_timeout 300s;
          proxy_next_upstream error timeout non_idempotent;
        }
      }
    }`
}

export async function startNginx(
  stage: Stage,
  nginx: string,
  name: string,
  urls: ReadonlyMap<string, string>,
): Promise<Running> {
  const folder = stage.file(name)
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  writeFileSync(`${folder}/nginx.conf`, nginxConfig(port, urls))
  return stage.start({ name, command: nginx, args: ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], port })
}

function haproxyConfig(port: number, urls: ReadonlyMap<string, string>): string {
  const servers = hosts(urls).map(
    ([name, host]) => `server ${name} ${host} check inter 1s fall 1 rise 1 on-error mark-down observe layer4`,
  )
  // A whole body fits into a buffer, so that it can be sent once more.
  return `
global
  nbthread 1
  tune.bufsize 1048576
defaults
  mode http
  timeout connect 2s
  timeout client 300s
  timeout server 300s
  option http-buffer-request
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
frontend front
  bind 127.0.0.1:${port}
  default_backend pool
backend pool
  balance leastconn
  option httpchk GET /ping
  http-reuse safe
  ${servers.join('\n  ')}
`
}

export async function startHaproxy(
  stage: Stage,
  haproxy: string,
  name: string,
  urls: ReadonlyMap<string, string>,
): Promise<Running> {
  const folder = stage.file(name)
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  writeFileSync(`${folder}/haproxy.cfg`, haproxyConfig(port, urls))
  return stage.start({ name, command: haproxy, args: ['-db', '-f', `${folder}/haproxy.cfg`], port })
}
