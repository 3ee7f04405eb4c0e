/**
 * `npm run dev`: the service, restarted on a change, and the pages, reloaded on a change, in one terminal.
 * Takes the flags of the service, and `--page-port=PORT`.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { HELP, parseFlags, type Flags } from '../../src-main/platform/flags.ts'
import { FlagError } from '../../src-main/platform/start-values.ts'
import { root } from '../lib.mjs'
import { servePages } from './pages.ts'
import { DevService } from './service.ts'
import { watchFolders } from './watch-folders.ts'

/** Vite's own default. */
const PAGE_PORT = '5173'
const LOOPBACK = '127.0.0.1'
const EXIT_USAGE = 2
/** Not the user's own configuration, and ignored by Git. */
const DATA_FOLDER = path.join(root, '.dev/data')
const SOURCES = ['src-main', 'src-shared'].map((folder) => path.join(root, folder))

const DEV_HELP = `npm run dev -- [flags]: the service and the pages from their sources; both follow a change

  --page-port=PORT       port of the pages (default ${PAGE_PORT}, or the next free one)

Without --user-data-dir the configuration is in ${DATA_FOLDER}, without --host the service
listens on ${LOOPBACK}, without --port on a free port. The other flags are the service's:

${HELP}`

function log(line: string): void {
  console.log(`dev: ${line}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

interface CommandLine {
  readonly pagePort: number
  readonly flags: Flags
  /** For the service. */
  readonly args: readonly string[]
}

/** @throws {FlagError} for an unknown flag or a bad value */
async function readCommandLine(given: readonly string[]): Promise<CommandLine> {
  const isOwn = (arg: string): boolean => arg.startsWith('--page-port=')
  const options = { 'page-port': { type: 'string', default: PAGE_PORT } } as const
  const pagePort = parseArgs({ args: given.filter(isOwn), options }).values['page-port']
  const wanted = [
    `--host=${LOOPBACK}`,
    `--user-data-dir=${DATA_FOLDER}`,
    ...given.filter((arg) => !isOwn(arg)),
  ]
  // The page's port has the same rules as the service's.
  parseFlags([`--port=${pagePort}`])
  const { port = 0 } = parseFlags(wanted)
  // The port stays the same after a restart, since Vite's proxy is set to it.
  const args = port === 0 ? [...wanted, `--port=${await freePort()}`] : wanted
  return { pagePort: Number(pagePort), flags: parseFlags(args), args }
}

/** Where a service with these flags is reached from this computer. */
function serviceUrl({ host = LOOPBACK, port = 0 }: Flags): string {
  const reached = host === '0.0.0.0' || host === '::' ? LOOPBACK : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

/** Resolves with the next signal that asks the program to end. More may follow: npm hands on what the terminal sends. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
  })
}

async function run({ pagePort, flags, args }: CommandLine): Promise<void> {
  const ended = nextSignal()
  const service = new DevService(args, log)
  // The service must not keep running when this process fails.
  process.once('exit', () => service.kill())
  const stopWatching = watchFolders(SOURCES, (file) => {
    log(`${path.relative(root, file)} has changed: the service restarts`)
    service.restart()
  })
  service.restart()
  const pages = await servePages(pagePort, serviceUrl(flags), () => service.serves())
  if (await service.serves()) log('the service listens')
  log(`open           ${pages.url}/config`)
  log(`for Immich     ${serviceUrl(flags)}`)
  log(`configuration  ${flags.userDataDir ?? ''}`)
  await ended
  stopWatching()
  await Promise.all([service.end(), pages.close()])
}

try {
  const line = await readCommandLine(process.argv.slice(2))
  if (line.flags.help) console.log(DEV_HELP)
  else await run(line)
  process.exit(0)
} catch (error) {
  if (!(error instanceof FlagError)) throw error
  console.error(`dev: ${error.message}`)
  process.exit(EXIT_USAGE)
}
