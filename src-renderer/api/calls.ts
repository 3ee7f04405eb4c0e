/** The calls of the HTTP API by what they do. */
import type {
  BackendStates,
  BackendTest,
  Config,
  DebugRecord,
  DebugStatus,
  DebugUsage,
  Events,
  ReplayResult,
  Status,
} from '../../src-main/api.ts'
import { call, getJson, postJson } from './client.ts'

export const HAR_PATH = '/api/debug/har'
export const EVENTS_PATH = '/api/events'

export const recordPath = (id: string): string => `/api/debug/records/${encodeURIComponent(id)}`
export const partPath = (id: string, index: number): string => `${recordPath(id)}/parts/${index}`

const revisionOf = (response: Response): string =>
  (response.headers.get('etag') ?? '').replace(/^(W\/)?"(.*)"$/, '$2')

export async function getConfig(): Promise<Events['config']> {
  const response = await call('/api/config')
  return { revision: revisionOf(response), config: (await response.json()) as Config }
}

/** Saves a configuration; fails with 412 where it was changed since `revision`. Returns the new revision. */
export async function saveConfig(posted: unknown, revision: string): Promise<string> {
  const { response } = await postJson('/api/config', posted, { 'if-match': `"${revision}"` })
  return revisionOf(response)
}

export const getStatus = (): Promise<Status> => getJson('/api/status')
export const getBackends = (): Promise<BackendStates> => getJson('/api/backends')
export const getUsage = (): Promise<DebugUsage> => getJson('/api/debug/usage')
export const getRecords = (): Promise<DebugRecord[]> => getJson('/api/debug/records')

export async function testBackend(values: unknown): Promise<BackendTest> {
  return (await postJson<BackendTest>('/api/backends/test', values)).answer
}

export async function setDebug(enabled: boolean): Promise<DebugStatus> {
  return (await postJson<DebugStatus>('/api/debug/toggle', { enabled })).answer
}

export async function setMaxRecords(maxRecords: number): Promise<DebugStatus> {
  return (await postJson<DebugStatus>('/api/debug/max-records', { maxRecords })).answer
}

export async function clearRecords(): Promise<void> {
  await call('/api/debug/records', { method: 'DELETE' })
}

export async function replay(id: string, backend?: string): Promise<ReplayResult> {
  const body = backend === undefined ? {} : { backend }
  return (await postJson<ReplayResult>(`${recordPath(id)}/replay`, body)).answer
}

export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  return (await call(path, signal === undefined ? {} : { signal })).text()
}
