/** The types of the HTTP API, shared by the server and the views. Types alone. */
import type { Config, ConfigProblem } from './config/schema.ts'

export type HealthStatus = 'healthy' | 'unhealthy' | 'unknown'
/** The health of the whole: degraded is some backend down and every route still served. */
export type Overall = 'healthy' | 'degraded' | 'down' | 'idle'

/** `GET /api/health`, per backend. */
export interface BackendHealth {
  status: HealthStatus
  /** Unix seconds of the last check or answer; 0 before the first. */
  lastCheck: number
  /** Why it is unhealthy, else empty. */
  error: string
}

export interface HealthCheck {
  /** Unix seconds. */
  at: number
  status: HealthStatus
  /** Milliseconds. */
  durationMs: number
  error: string
}

export interface LastError {
  /** Unix seconds. */
  at: number
  text: string
}

/** `GET /api/backends` and the `health` event, per backend. */
export interface BackendState extends BackendHealth {
  /** Unix seconds since when it has had this status. */
  since: number
  /** The last checks, oldest first. */
  history: HealthCheck[]
  /** Predictions sent to it since the start of the program. */
  requests: number
  failures: number
  /** The last check or prediction that failed, also once it is healthy again; null before the first. */
  lastError: LastError | null
  /** Median time of its last answers, milliseconds; null before the first. */
  p50Ms: number | null
  inFlight: number
  /** Predictions that wait for room on it. */
  waiting: number
  /** Unix seconds until which it is left out because its predictions fail; null when it is not. */
  benchedUntil: number | null
}

export type Health = Record<string, BackendHealth>
export type BackendStates = Record<string, BackendState>

/** `GET /api/status` and the `status` event. */
export interface Status {
  version: string
  uptimeSeconds: number
  /** The addresses under which the proxy can be reached, loopback first. */
  addresses: string[]
  configFile: string
  overall: Overall
  /** Sentences that say what is missing or down, empty when all is well. */
  problems: string[]
  warnings: string[]
  /** What the command line sets over the configuration, as it is in force; empty where it sets nothing. */
  commandLine: { port?: number; host?: string }
  /** Whether a desktop hangs on the service (tray, launch at login). */
  desktop: boolean
}

/** `GET /api/debug/status`, the answers of its setters, and the `debug` event. */
export interface DebugStatus {
  enabled: boolean
  maxRecords: number
  recordCount: number
}

/** What the `debug` event and `GET /api/debug/usage` say on top. */
export interface DebugUsage extends DebugStatus {
  incoming: number
  outgoing: number
  errors: number
  /** Bytes of recorded bodies kept, and how many may be. */
  keptBytes: number
  keptBytesLimit: number
}

export interface RecordedPart {
  name: string
  filename?: string
  contentType: string
  size: number
  /** The beginning of a text part. */
  preview?: string
}

export type BodyKind = 'multipart' | 'json' | 'text' | 'binary' | 'empty'

/** A body described, not dumped. */
export interface RecordedBody {
  kind: BodyKind
  contentType: string
  size: number
  /** The beginning as text; empty for binary bodies. */
  preview: string
  truncated: boolean
  parts?: RecordedPart[]
}

export interface DebugRecord {
  id: string
  /** ISO 8601. */
  timestamp: string
  type: 'incoming' | 'outgoing'
  /** The id of the incoming record that caused this one; its own for an incoming one. */
  traceId: string
  backend?: string
  /** The entries it holds, as "task/type". */
  tasks?: string[]
  durationMs: number
  /** Outgoing only: milliseconds it waited for room before it was sent. */
  waitMs?: number
  /** True while there is no answer yet. */
  pending?: boolean | undefined
  request: { method: string; url: string; headers: Record<string, string>; body: RecordedBody }
  response: { statusCode: number; headers: Record<string, string>; body: RecordedBody }
  error?: string
  /** Whether the bodies can still be fetched. */
  kept: { request: boolean; response: boolean }
}

/** The answer of `POST /api/backends/test`. */
export interface BackendTest {
  ok: boolean
  /** What its `/ping` answered; 0 without an answer. */
  statusCode: number
  durationMs: number
  /** Why it is not ok, else empty. */
  error: string
  /** The URL leads back to this proxy. */
  self: boolean
}

/** The answer of `POST /api/debug/records/{id}/replay`. */
export interface ReplayResult {
  statusCode: number
  durationMs: number
  contentType: string
  /** The answer as text. */
  body: string
  /** The id of the record that the replay made, where debug mode is on. */
  recordId?: string
}

export interface ApiError {
  error: string
  errors?: string[]
  problems?: ConfigProblem[]
}

/** `GET /api/auth/status`, and the answers of login, logout and password. */
export interface AuthStatus {
  passwordSet: boolean
  /** Whether this client may use the management API: it is logged in, or no password is set. */
  authenticated: boolean
}

/** The events of `GET /api/events`, each with its new state. */
export interface Events {
  config: { revision: string; config: Config }
  health: BackendStates
  status: Status
  debug: DebugUsage
  record: DebugRecord
}
