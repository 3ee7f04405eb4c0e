/**
 * A real container engine of a test's own: Debian's podman with all it keeps in one folder, and an image with Node and
 * the simulated backend. It runs where neither overlay file systems nor control groups can be had.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import { Podman } from './podman.ts'

const run = promisify(execFile)
const BACKEND = path.join(import.meta.dirname, 'backend-process.ts')
const TOOLS = ['podman', 'runc', 'conmon', 'ldd', 'tar']
const MAX_OUTPUT = 1024 * 1024

export class PodmanEngine {
  readonly folder: string
  readonly socket: string
  readonly #podman: Podman
  #service: ChildProcess | undefined

  constructor(folder: string) {
    this.folder = folder
    this.socket = path.join(folder, 'podman.sock')
    mkdirSync(folder, { recursive: true })
    this.#podman = new Podman(folder)
  }

  /** Why no container can be run here, or undefined when one can. */
  static problem(): string | undefined {
    if (process.platform !== 'linux') return 'podman is Linux’s'
    if (process.getuid?.() !== 0) return 'the tests do not run as root'
    const missing = TOOLS.find((tool) => spawnSync(tool, ['--version']).error !== undefined)
    return missing === undefined ? undefined : `${missing} is not installed`
  }

  /** Runs one command of podman and returns what it prints. */
  async call(...args: string[]): Promise<string> {
    const { stdout } = await run('podman', [...this.#podman.options, ...args], { maxBuffer: MAX_OUTPUT })
    return stdout.trim()
  }

  /** An image that runs the simulated backend on a port of this computer. */
  async makeImage(image: string, port: number): Promise<void> {
    const root = path.join(this.folder, 'rootfs')
    mkdirSync(path.join(root, 'tmp'), { recursive: true })
    await copyNode(root)
    await bundleBackend(path.join(root, 'app'))
    const archive = path.join(this.folder, 'rootfs.tar')
    await run('tar', ['-C', root, '-cf', archive, '.'])
    const command = JSON.stringify(['/bin/node', '/app/backend-process.mjs', 'in-a-container', String(port)])
    await this.call('import', '--change', `CMD ${command}`, archive, image)
    rmSync(root, { recursive: true })
    rmSync(archive)
  }

  /** Docker's API on {@link socket}. */
  async serve(): Promise<void> {
    const service = spawn(
      'podman',
      [...this.#podman.options, 'system', 'service', '--time=0', `unix://${this.socket}`],
      {
        stdio: 'ignore',
      },
    )
    this.#service = service
    const failed = once(service, 'exit').then(() =>
      Promise.reject(new Error('podman system service has ended')),
    )
    const listens = (async () => {
      while (!existsSync(this.socket)) await new Promise((resolve) => setTimeout(resolve, 50))
    })()
    await Promise.race([listens, failed])
    failed.catch(() => undefined)
  }

  /** Ends what was started. */
  async close(): Promise<void> {
    await this.call('rm', '--all', '--force', '--time', '0')
    const service = this.#service
    if (service?.exitCode === null) {
      const exited = once(service, 'exit')
      service.kill()
      await exited
    }
  }
}

/** Node and the libraries that it is linked with, where they are here. */
async function copyNode(root: string): Promise<void> {
  const { stdout } = await run('ldd', [process.execPath])
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file)
  cpSync(realpathSync(process.execPath), path.join(root, 'bin/node'))
  for (const library of libraries) cpSync(realpathSync(library), path.join(root, library))
}

/** The simulated backend in one file, with the packages that it uses. */
async function bundleBackend(folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: BACKEND,
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  })
}
