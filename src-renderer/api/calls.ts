/** The calls of the HTTP API. */
import type {
  AuthStatus,
  BackendStates,
  BackendTest,
  DebugRecord,
  DebugStatus,
  DebugUsage,
  Events,
  ReplayResult,
  Standing,
  Status,
} from '../../src-shared/api.ts'
import type { Config } from '../../src-shared/config/schema.ts'
import type { TryAnswer, TryInfo, TryTask } from '../../src-shared/try.ts'
import type { History, HistoryRange } from '../../src-shared/history.ts'
import type { OfferedContainers } from '../../src-shared/pause.ts'
import type { ImmichStatus, Progress } from '../../src-shared/immich.ts'
import { call, postJson } from './client.ts'

export const HAR_PATH = '/api/debug/har'
export const EVENTS_PATH = '/api/events'

export const recordPath = (id: string): string => `/api/debug/records/${encodeURIComponent(id)}`
export const partPath = (id: string, index: number): string => `${recordPath(id)}/parts/${index}`

// Answers are not validated: server and page are built from the same types.
const answerOf = async <T>(response: Response): Promise<T> => (await response.json()) as T

const revisionOf = (response: Response): string =>
  (response.headers.get('etag') ?? '').replace(/^(W\/)?"(.*)"$/, '$2')

export async function getConfig(): Promise<Events['config']> {
  const response = await call('/api/config')
  return { revision: revisionOf(response), config: (await response.json()) as Config }
}

/** Saves a configuration and returns its new revision. Fails with 412 if it was changed since `revision`. */
export async function saveConfig(posted: unknown, revision: string): Promise<string> {
  const response = await postJson('/api/config', posted, { 'if-match': `"${revision}"` })
  return revisionOf(response)
}

export const getStatus = async (): Promise<Status> => answerOf(await call('/api/status'))
export const getBackends = async (): Promise<BackendStates> => answerOf(await call('/api/backends'))
export const getUsage = async (): Promise<DebugUsage> => answerOf(await call('/api/debug/usage'))
export const getRecords = async (): Promise<DebugRecord[]> => answerOf(await call('/api/debug/records'))

export async function getHistory(range: HistoryRange, signal: AbortSignal): Promise<History> {
  return answerOf<History>(await call(`/api/history?range=${range}`, { signal }))
}

export async function testBackend(values: unknown): Promise<BackendTest> {
  return answerOf<BackendTest>(await postJson('/api/backends/test', values))
}

const backendPath = (name: string, act: string): string => `/api/backends/${encodeURIComponent(name)}/${act}`

/** @param until ISO 8601; null until somebody resumes */
export async function pauseBackend(name: string, until: string | null): Promise<void> {
  await postJson(backendPath(name, 'pause'), { until })
}

export async function resumeBackend(name: string): Promise<void> {
  await postJson(backendPath(name, 'resume'), {})
}

export async function startBackend(name: string): Promise<void> {
  await postJson(backendPath(name, 'start'), {})
}

export async function stopBackend(name: string): Promise<void> {
  await postJson(backendPath(name, 'stop'), {})
}

export const getContainers = async (): Promise<OfferedContainers> => answerOf(await call('/api/containers'))

export const getTryInfo = async (): Promise<TryInfo> => answerOf(await call('/api/backends/try'))

/** @param tried the values of a backend's form, and what to send it */
export async function tryBackend(
  tried: { backend: object; tasks: readonly TryTask[]; image?: string; text?: string },
  signal: AbortSignal,
): Promise<TryAnswer> {
  return answerOf<TryAnswer>(await postJson('/api/backends/try', tried, {}, signal))
}

export const getImmich = async (): Promise<ImmichStatus> => answerOf(await call('/api/immich'))
export const getProgress = async (): Promise<Progress> => answerOf(await call('/api/progress'))

export type ImmichAction = 'pause' | 'resume' | 'missing' | 'seen'

export async function askImmich(what: ImmichAction): Promise<ImmichStatus> {
  return answerOf<ImmichStatus>(await postJson(`/api/immich/${what}`, {}))
}

export async function wakeBackend(name: string): Promise<Standing> {
  return answerOf<Standing>(await postJson(`/api/backends/${encodeURIComponent(name)}/wake`, {}))
}

export async function setDebug(enabled: boolean): Promise<DebugStatus> {
  return answerOf<DebugStatus>(await postJson('/api/debug/toggle', { enabled }))
}

export async function setMaxRecords(maxRecords: number): Promise<DebugStatus> {
  return answerOf<DebugStatus>(await postJson('/api/debug/max-records', { maxRecords }))
}

export async function clearRecords(): Promise<void> {
  await call('/api/debug/records', { method: 'DELETE' })
}

export async function replay(id: string, backend?: string): Promise<ReplayResult> {
  const body = backend === undefined ? {} : { backend }
  return answerOf<ReplayResult>(await postJson(`${recordPath(id)}/replay`, body))
}

export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  return (await call(path, signal === undefined ? {} : { signal })).text()
}

export const getAuth = async (): Promise<AuthStatus> => answerOf(await call('/api/auth/status'))

export async function login(password: string): Promise<AuthStatus> {
  return answerOf<AuthStatus>(await postJson('/api/auth/login', { password }))
}

export async function logout(): Promise<AuthStatus> {
  return answerOf<AuthStatus>(await call('/api/auth/logout', { method: 'POST' }))
}

/** Sets or changes the password; an empty one removes it. */
export async function setPassword(password: string, current?: string): Promise<AuthStatus> {
  const body = current === undefined ? { password } : { password, current }
  return answerOf<AuthStatus>(await postJson('/api/auth/password', body))
}
