/** The load: wrk, one request again and again over keep-alive connections. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { CapturedRequest } from './requests.ts'
import type { Stage } from './stage.ts'

const SCRIPT = path.join(import.meta.dirname, 'support', 'load.lua')

export interface Load {
  readonly url: string
  readonly request: CapturedRequest
  /** Requests in flight at any time. */
  readonly connections: number
  readonly seconds: number
}

export interface LoadResult {
  readonly requests: number
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
}

interface Reported {
  requests: number
  durationUs: number
  p50Us: number
  p99Us: number
  connect: number
  read: number
  write: number
  status: number
  timeout: number
}

const ERRORS = ['connect', 'read', 'write', 'status', 'timeout'] as const

/** One thread is enough to keep either core busy, and leaves more of them to what is measured. */
const THREADS = 1

/**
 * Sends as many requests as the server can answer.
 * @throws where a single request failed or was not answered with 2xx
 */
export async function runLoad(stage: Stage, wrk: string, load: Load): Promise<LoadResult> {
  const { url, request, connections, seconds } = load
  const args = [
    `-t${THREADS}`,
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout=30s',
    `--script=${SCRIPT}`,
    `${url}/predict`,
    '--',
    request.bodyFile,
    request.headersFile,
  ]
  const child = stage.adopt(spawn(wrk, args, { stdio: ['ignore', 'pipe', 'pipe'] }))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  const line = /^RESULT (.*)$/m.exec(output)?.[1]
  if (line === undefined) throw new Error(`wrk failed:\n${output}`)
  const reported = JSON.parse(line) as Reported
  const failed = ERRORS.filter((kind) => reported[kind] > 0)
  if (failed.length > 0 || reported.requests === 0) {
    const list = failed.map((kind) => `${reported[kind]} × ${kind}`).join(', ')
    throw new Error(
      `${url}: ${reported.requests} requests, ${list === '' ? 'none answered' : `failed: ${list}`}`,
    )
  }
  return {
    requests: reported.requests,
    perSecond: reported.requests / (reported.durationUs / 1e6),
    p50Us: reported.p50Us,
    p99Us: reported.p99Us,
  }
}
