/** Runs a program of the system for a look: without a shell, for a limited time, with a limited output. */
import { spawn } from 'node:child_process'
import { errorCode, errorText } from '../../platform/errors.ts'
import { LOOK_TIMEOUT_MS, MAX_FAILURE_CHARS, MAX_OUTPUT_BYTES } from '../limits.ts'

/** Why a probe gave no result; the message is the end of a sentence. */
export class ProbeError extends Error {
  /** Missing: the program or the file is not there. Late: it did not answer in time. */
  readonly kind: 'missing' | 'late' | 'failed'

  constructor(message: string, kind: 'missing' | 'late' | 'failed' = 'failed') {
    super(message)
    this.name = 'ProbeError'
    this.kind = kind
  }
}

/** Starts a program and returns what it prints. Rejects with a {@link ProbeError}. */
export type RunCommand = (command: string, args: readonly string[]) => Promise<string>

const shortened = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_FAILURE_CHARS)

function startError(command: string, error: Error): ProbeError {
  if (errorCode(error) === 'ENOENT') return new ProbeError(`${command} is not there`, 'missing')
  return new ProbeError(`${command} cannot be started (${errorText(error)})`)
}

/**
 * @param env the environment of the programs
 * @param timeoutMs after which a program is killed
 */
export function commandRunner(env: NodeJS.ProcessEnv, timeoutMs = LOOK_TIMEOUT_MS): RunCommand {
  return (command, args) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        // Their output is parsed, so it has to be in English.
        env: { ...env, LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      })
      const [out, err]: [Buffer[], Buffer[]] = [[], []]
      let bytes = 0
      let isOver = false
      const end = (settle: () => void): void => {
        if (isOver) return
        isOver = true
        clearTimeout(timer)
        // A program that it has started may keep the pipes open.
        child.stdout.destroy()
        child.stderr.destroy()
        child.kill('SIGKILL')
        settle()
      }
      const fail = (error: ProbeError): void => end(() => reject(error))
      const timer = setTimeout(
        () => fail(new ProbeError(`${command} did not answer within ${timeoutMs / 1000} s`, 'late')),
        timeoutMs,
      )
      const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_OUTPUT_BYTES)
          fail(new ProbeError(`${command} printed more than ${MAX_OUTPUT_BYTES} bytes`))
        else chunks.push(chunk)
      }
      child.stdout.on('data', collect(out)).on('error', (error) => fail(startError(command, error)))
      child.stderr.on('data', collect(err)).on('error', (error) => fail(startError(command, error)))
      // Not `once`: to kill a program of another user is an error as well.
      child.on('error', (error) => fail(startError(command, error)))
      child.once('close', (code, signal) => {
        if (code === 0) return end(() => resolve(Buffer.concat(out).toString()))
        const said = shortened(Buffer.concat(err).toString())
        const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `failed (${code})`
        fail(new ProbeError(`${command} ${how}${said === '' ? '' : `: ${said}`}`))
      })
    })
}
