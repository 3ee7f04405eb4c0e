/** The types of the HTTP API, for the server and the pages. The same shapes are described in docs/openapi.yaml. */
import type { CourtesyState } from './pause.ts'
import type { Config, ConfigProblem } from './config/schema.ts'

export type HealthStatus = 'healthy' | 'unhealthy' | 'unknown'

/**
 * How a backend stands, beside its health. Serving: its health decides. Away: it is unhealthy. Waking: it was sent magic
 * packets and has not answered. Paused: somebody, or a rule, wants it left alone. Stopped, starting, stopping: its
 * container.
 */
export type Availability = 'serving' | 'away' | 'waking' | 'paused' | 'stopped' | 'starting' | 'stopping'

/** How a backend stands, and why. */
export interface Standing {
  availability: Availability
  /** Why, as the end of a sentence after its name; empty where it serves. */
  reason: string
  /** Unix seconds until which it lasts; null where that is not known. */
  until: number | null
}

/**
 * Overall health: the worst route decides. Degraded: every route is served, and a backend is away. Waiting: images of a
 * route wait for a backend. Paused: a route has only backends that are paused. Down: a route is not served. Idle: no
 * backends are configured.
 */
export type Overall = 'healthy' | 'degraded' | 'waiting' | 'paused' | 'down' | 'idle'

/** `GET /api/health`, of each backend. */
export interface BackendHealth {
  status: HealthStatus
  /** Unix seconds of the last ping or answer; 0 before the first. */
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

/** A task for which a backend is left out for a while: it refused it (4xx), and another backend answered. */
export interface BenchedTask {
  task: string
  /** Unix seconds. */
  until: number
  reason: string
}

/** What the health checks and the predictions have shown of a backend. */
export interface BackendFigures extends BackendHealth {
  /** Unix seconds since when it has had this status. */
  since: number
  /** The last pings, oldest first. */
  history: HealthCheck[]
  /** Predictions sent to it since the start of the program. */
  requests: number
  failures: number
  /** The last ping or prediction that failed. It stays when the backend is healthy again; null before the first. */
  lastError: LastError | null
  /** Median time of its last answers, milliseconds; null before the first. */
  p50Ms: number | null
  /** Predictions that may run on it at once: `maxConcurrent` where it is a number, else what was learned. */
  slots: number
  inFlight: number
  /** Predictions that wait for a slot of it. */
  waiting: number
  /**
   * Milliseconds of an answer by kind of work, as `clip/visual`: a moving average, with the model loaded and without the
   * time in the backend's own queue.
   */
  answerMs: Record<string, number>
  /** Unix seconds until which it is benched because its predictions failed; null where it is not. */
  benchedUntil: number | null
  /** The tasks for which it is benched. */
  benched: BenchedTask[]
}

/** `GET /api/backends` and the `health` event, of each backend. */
export interface BackendState extends BackendFigures, Standing, CourtesyState {
  /** Predictions that wait for it to come back, perhaps for others as well. */
  held: number
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
  /** Sentences that say which routes are not served and why; empty where all are. */
  problems: string[]
  warnings: string[]
  /** What the command line sets in place of the configuration, as it is in force. */
  commandLine: { port?: number; host?: string }
  /** When and from which address `/ping` or `/predict` was asked last, but by this proxy; null before. Unix seconds. */
  lastAsked: { at: number; from: string } | null
  /** Whether a desktop runs around the service (tray, launch at login). */
  desktop: boolean
  /** Whether it runs in a container, where clients from outside may have an address of the home network. */
  container: boolean
}

/** `GET /api/debug/status`, the answers of its setters, and the `debug` event. */
export interface DebugStatus {
  enabled: boolean
  maxRecords: number
  recordCount: number
}

/** `GET /api/debug/usage` and the `debug` event. */
export interface DebugUsage extends DebugStatus {
  incoming: number
  outgoing: number
  errors: number
  /** Bytes of recorded bodies that are kept, and how many may be. */
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

/** The description of a recorded body. The body itself is fetched on its own. */
export interface RecordedBody {
  kind: BodyKind
  contentType: string
  size: number
  /** The beginning as text; empty for binary bodies. */
  preview: string
  truncated: boolean
  parts?: RecordedPart[]
}

/** Why there is a record of a prediction, where Immich did not send it: a replay, or a try of the proxy's own. */
export type RecordCause = 'replay' | 'try'

export interface DebugRecord {
  id: string
  /** ISO 8601. */
  timestamp: string
  type: 'incoming' | 'outgoing'
  /** The id of the incoming record that caused this one; of an incoming record its own id. */
  traceId: string
  backend?: string
  /** Of incoming records: the address of the client; absent where the proxy caused it itself. */
  client?: string
  /** The entries it holds, as "task/type". */
  tasks?: string[]
  durationMs: number
  /** Of outgoing records: milliseconds that it waited for a slot before it was sent. */
  waitMs?: number
  /** Of outgoing records: milliseconds that it waited before that for a backend to come back. Absent where it did not. */
  heldMs?: number
  /** Absent where Immich caused it. */
  cause?: RecordCause
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
  /** Why it is not ok, as a sentence; else empty. */
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

/** The events of `GET /api/events` by name, each with the new state as its data. */
export interface Events {
  config: { revision: string; config: Config }
  health: BackendStates
  status: Status
  debug: DebugUsage
  record: DebugRecord
}
