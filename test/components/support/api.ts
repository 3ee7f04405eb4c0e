/** What the proxy's API answers in the tests of the views. */
import { vi } from 'vitest'
import type { BackendState } from '../../../src-shared/api.ts'
import { EMPTY_CONFIG, type Config } from '../../../src-shared/config/schema.ts'

type Answer = (path: string, init?: RequestInit) => Response | Promise<Response>

/** An answer with a JSON body. */
export const json = (body: unknown, init: ResponseInit = {}): Response => Response.json(body, init)

/** Answers every `fetch` of the running test; returns the mock that stands in its place. */
export function answer(how: Answer): ReturnType<typeof vi.fn> {
  const fetched = vi.fn((path: string, init?: RequestInit) => Promise.resolve(how(path, init)))
  vi.stubGlobal('fetch', fetched)
  return fetched
}

/** A configuration with one backend, `gpu`. */
export const ONE: Config = {
  ...EMPTY_CONFIG,
  defaultBackend: 'gpu',
  backends: [{ name: 'gpu', url: 'http://gpu:3003' }],
}

/** A configuration with every kind of route, unknown fields, and names in either spelling. */
export const FULL: Config = {
  defaultBackend: ['gpu', 'nas'],
  backends: [
    {
      name: 'gpu',
      url: 'http://gpu:3003',
      timeoutMs: 30_000,
      headers: { Authorization: '••••••' },
      tls: { ca: 'PEM', theirs: 1 },
      note: 'unknown',
    },
    { name: 'nas', url: 'http://nas:3003' },
  ],
  taskRouting: { facial_recognition: ['gpu'], search: 'nas', ocr: '' },
  modelTypeRouting: { textual: 'nas', detection: ['nas', 'gpu'] },
  taskRoutingPolicy: { facial_recognition: 'fallback', clip: 'fallback', search: 'strict' },
  modelTypeRoutingPolicy: { textual: 'strict' },
  hold: { graceSeconds: 20, theirs: true },
  server: { port: 3004, theirs: true },
  app: { notifications: false },
  theirs: { deep: [1, { two: 2 }] },
}

/** The state of a backend that is healthy and has failed once. */
export const STATE: BackendState = {
  status: 'healthy',
  lastCheck: 100,
  error: '',
  since: 94,
  history: [{ at: 100, status: 'healthy', durationMs: 3, error: '' }],
  requests: 2,
  failures: 1,
  lastError: { at: 40, text: 'answered 503' },
  p50Ms: 185,
  slots: 4,
  inFlight: 0,
  waiting: 0,
  answerMs: { 'clip/visual': 40 },
  benchedUntil: null,
  benched: [],
  availability: 'serving',
  reason: '',
  until: null,
  pause: null,
  container: null,
  courtesyProblems: [],
  held: 0,
}
