/** A real container engine of a test's own: Docker's API by podman, and an image with Node and the simulated backend. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import path from 'node:path'
import { build } from 'vite'
import { Podman } from './podman.ts'
import { check } from './system-tools.ts'

const BACKEND = path.join(import.meta.dirname, 'backend-process.ts')
const TOOLS = ['podman', 'runc', 'conmon', 'ldd', 'tar']

/** Why no container can be run here, or undefined when one can. */
export function podmanProblem(): string | undefined {
  if (process.platform !== 'linux') return 'podman is Linux’s'
  if (process.getuid?.() !== 0) return 'the tests do not run as root'
  const missing = TOOLS.find((tool) => spawnSync(tool, ['--version']).error !== undefined)
  return missing === undefined ? undefined : `${missing} is not installed`
}

export class PodmanEngine {
  readonly podman: Podman
  readonly socket: string
  readonly #folder: string
  #service: ChildProcess | undefined

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.podman = new Podman(folder)
    this.socket = path.join(folder, 'podman.sock')
  }

  /** An image that runs the simulated backend on a port of this computer. */
  async makeImage(image: string, port: number): Promise<void> {
    const root = path.join(this.#folder, 'rootfs')
    mkdirSync(path.join(root, 'tmp'), { recursive: true })
    copyNode(root)
    await bundleBackend(path.join(root, 'app'))
    this.podman.importFolder(root, image, [
      '/bin/node',
      '/app/backend-process.mjs',
      'in-a-container',
      String(port),
    ])
    rmSync(root, { recursive: true })
  }

  /** Docker's API on {@link socket}. */
  async serve(): Promise<void> {
    const args = this.podman.argumentsOf('system', 'service', '--time=0', `unix://${this.socket}`)
    const service = spawn('podman', args, { stdio: 'ignore' })
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

  /** Ends what was started, and removes all that is kept. */
  async close(): Promise<void> {
    const service = this.#service
    if (service?.exitCode === null) {
      const exited = once(service, 'exit')
      service.kill()
      await exited
    }
    this.podman.remove()
  }
}

/** Node and the libraries that it is linked with, where they are here. */
function copyNode(root: string): void {
  const libraries = [...check('ldd', [process.execPath]).matchAll(/(\/\S+) \(0x/g)].map(
    ([, file = '']) => file,
  )
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
