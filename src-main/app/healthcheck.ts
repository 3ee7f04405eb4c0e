/**
 * The health check of a container, where no curl is: asks `/healthz` of the service that uses the user data folder, and
 * ends with exit code 0 or 1. The port in force is asked of the folder's lock, so that it is right whichever of flag,
 * environment, configuration and page has set it.
 */
import { request } from 'node:http'
import { homedir, networkInterfaces } from 'node:os'
import { HEALTHCHECK_MS } from './limits.ts'
import { errorText } from '../platform/errors.ts'
import { namedFolder, userDataFolder } from '../platform/folders.ts'
import { ownStandardStreams } from '../platform/log-output.ts'
import { lockAddress } from '../settings/folder-lock.ts'
import { holderOf } from '../settings/lock-socket.ts'

/** The addresses at which the service may listen: loopback, and those of the interfaces where `--host` names one. */
function ownHosts(): string[] {
  const others = Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0)
  return ['127.0.0.1', '::1', ...others.map(({ address }) => address)]
}

/**
 * Asks `/healthz` at an address.
 * @returns the status of the answer
 * @throws {Error} where no answer comes within {@link HEALTHCHECK_MS}
 */
function ask(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path: '/healthz', timeout: HEALTHCHECK_MS }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.on('error', reject)
    asked.end()
  })
}

/**
 * Checks the service of a folder.
 * @returns undefined where it lives, else what is wrong, as a sentence
 */
async function problemOf(folder: string): Promise<string | undefined> {
  const holder = await holderOf(lockAddress(folder))
  if (holder.is !== 'alive') return `nothing runs on the folder ${folder}`
  const { port } = holder
  if (port === undefined) return 'it does not listen yet'
  let last = ''
  for (const host of ownHosts()) {
    try {
      const status = await ask(host, port)
      return status === 200 ? undefined : `/healthz on port ${port} answered ${status}`
    } catch (error) {
      last = errorText(error)
    }
  }
  return `nobody answers on port ${port}: ${last}`
}

ownStandardStreams()
const folder = namedFolder(process.env) ?? userDataFolder(process.platform, process.env, homedir())
const problem = await problemOf(folder).catch(errorText)
process.stdout.write(`${problem ?? 'healthy'}\n`)
process.exitCode = problem === undefined ? 0 : 1
