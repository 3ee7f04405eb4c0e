/**
 * Connects pauses and managed containers to the availability of backends: a pause stops a container, both are told as
 * the standing of their backend, and pings and predictions tell a container how its server does.
 */
import { pausedBecause, type CourtesyState, type PauseStatus } from '../../src-shared/pause.ts'
import type { BackendAvailability, Claim } from '../backends/availability.ts'
import type { BackendRegistry } from '../backends/backend.ts'
import type { ManagedContainer } from '../backends/container.ts'
import type { ManagedContainers } from '../backends/containers.ts'
import type { HealthMonitor } from '../backends/monitor.ts'
import type { Courtesy } from '../courtesy/courtesy.ts'
import type { Pause } from '../courtesy/pause-state.ts'

export interface CourtesyParts {
  readonly courtesy: Courtesy
  readonly containers: ManagedContainers
  readonly availability: BackendAvailability
  readonly monitor: HealthMonitor
  readonly registry: Pick<BackendRegistry, 'current'>
}

const SECOND_MS = 1_000

/** As the API tells it: in Unix seconds, rounded up so that it is over by then. */
function statusOf({ by, until, reason }: Pause): PauseStatus {
  return { by, until: until === null ? null : Math.ceil(until / SECOND_MS), reason }
}

function claimOfPause(pause: Pause | undefined): Claim | undefined {
  if (pause === undefined) return undefined
  const status = statusOf(pause)
  return {
    availability: 'paused',
    reason: pausedBecause(status, Date.now()),
    until: status.until,
    keepsSearch: pause.letsTextsThrough,
  }
}

/** One that runs, or of which nothing is known yet, stands as its health says. */
function claimOfContainer(container: ManagedContainer | undefined): Claim | undefined {
  const { state, problem } = container?.status ?? { state: 'unknown', problem: '' }
  if (state === 'healthy' || state === 'unknown') return undefined
  const reason = `its container is ${state === 'stopped' ? state : `${state} now`}`
  return { availability: state, reason: problem === '' ? reason : `${reason}; ${problem}`, until: null }
}

/** The courtesy state of a backend. */
export function courtesyStateOf(
  { courtesy, containers }: Pick<CourtesyParts, 'courtesy' | 'containers'>,
  name: string,
): CourtesyState {
  const pause = courtesy.of(name)
  return {
    pause: pause === undefined ? null : statusOf(pause),
    container: containers.get(name)?.status ?? null,
    courtesyProblems: courtesy.problems(name),
  }
}

function stopsFor(pause: Pause | undefined): 'none' | 'keep' | 'stop' {
  if (pause === undefined) return 'none'
  return pause.letsTextsThrough ? 'keep' : 'stop'
}

/** Tells the standing of backends as it changes. */
export class CourtesyConnection {
  readonly #parts: CourtesyParts
  /** The backends with an availability that was set here, to be removed with the backend. */
  #told = new Set<string>()

  constructor(parts: CourtesyParts) {
    this.#parts = parts
    const { courtesy, containers, monitor } = parts
    courtesy.on('change', (name) => this.tell(name))
    courtesy.on('update', () => this.#tellAll([...this.#told]))
    monitor.on('checked', (backend, ok) => containers.get(backend.name)?.pinged(ok))
    monitor.on('predicted', (backend, how) => containers.get(backend.name)?.predicted(how))
  }

  /** Follows a change of the configuration, once the parts have. @param names of the backends in force */
  sync(names: readonly string[]): void {
    const gone = [...this.#told].filter((name) => !names.includes(name))
    this.#told = new Set(names)
    this.#tellAll([...gone, ...names])
  }

  /** The pause or the container of a backend has changed. */
  tell(name: string): void {
    const { courtesy, containers, availability, monitor, registry } = this.#parts
    const pause = courtesy.of(name)
    const container = containers.get(name)
    const backend = container?.status.state === 'starting' ? registry.current.get(name) : undefined
    if (backend !== undefined) monitor.restarted(backend)
    // The pause first: nothing is to be sent to a container that is being stopped.
    availability.set(name, 'pause', claimOfPause(pause))
    container?.setPause(stopsFor(pause))
    availability.set(name, 'container', claimOfContainer(container))
  }

  #tellAll(names: readonly string[]): void {
    for (const name of names) this.tell(name)
  }
}
